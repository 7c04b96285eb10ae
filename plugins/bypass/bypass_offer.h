/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef BYPASS_OFFER_H_
#define BYPASS_OFFER_H_

#include "bypass_manager.h"

#include <connections.h>
#include <offer.h>

typedef struct bypass_t bypass_t;

/**
 * What the plugin is made of.
 */
struct bypass_t {
	options_store_t *store;
	bypass_manager_t *manager;
	/** counts connections whose traffic is in a LAN */
	connection_watch_t *connections;
};

/**
 * What to say of bypass_has_rival(), a format for the daemon's section.
 */
#define BYPASS_RIVAL "plugin bypass-lan excludes local subnets, too, " \
	"whatever bypass.lan_interfaces says; set %s.plugins.bypass-lan.load = no"

/**
 * Does stock bypass-lan do what lan does, too?
 */
bool bypass_has_rival(bypass_settings_t *settings);

/**
 * Commands, events and numbers of a bypass_t.
 */
extern const offer_t bypass_offer;

#endif /** BYPASS_OFFER_H_ */
