/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef FILTERMODE_OFFER_H_
#define FILTERMODE_OFFER_H_

#include "filtermode_connections.h"
#include "filtermode_listener.h"
#include "filtermode_provider.h"

#include <offer.h>

typedef struct filtermode_t filtermode_t;

/**
 * What the plugin is made of.
 */
struct filtermode_t {
	options_store_t *store;
	filtermode_manager_t *manager;
	filtermode_listener_t *listener;
	connection_watch_t *connections;
	filtermode_provider_t *provider;
};

/**
 * Commands, events and numbers of a filtermode_t.
 */
extern const offer_t filtermode_offer;

#endif /** FILTERMODE_OFFER_H_ */
