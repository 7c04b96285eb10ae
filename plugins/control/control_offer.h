/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_offer.h
 * What control offers about itself: doc/control.md.
 */

#ifndef CONTROL_OFFER_H_
#define CONTROL_OFFER_H_

#include "control_server.h"

typedef struct control_servers_t control_servers_t;

/**
 * Those that serve clients.
 */
struct control_servers_t {
	options_store_t *store;
	control_server_t *main;
	/** of clients that may only read */
	control_server_t *readers;
};

/**
 * Status and counters of a control_servers_t.
 */
extern const offer_t control_offer;

#endif /** CONTROL_OFFER_H_ */
