/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef FILTERMODE_CONTROL_H_
#define FILTERMODE_CONTROL_H_

#include "filtermode_connections.h"
#include "filtermode_listener.h"

#include <sa/ike_sa.h>

typedef struct filtermode_control_t filtermode_control_t;

struct filtermode_control_t {

	/**
	 * Withdraw the offer and destroy a filtermode_control_t.
	 */
	void (*destroy)(filtermode_control_t *this);
};

/**
 * Offer commands and events.
 *
 * @param store			settings
 * @param manager		has to outlive it
 * @param listener		has to outlive it
 */
filtermode_control_t *filtermode_control_create(options_store_t *store,
									filtermode_manager_t *manager,
									filtermode_listener_t *listener,
									connection_watch_t *connections);

/**
 * Tell clients of control what happened to the table.
 *
 * @param type			"installed", "changed", "removed", "reinstalled" or
 *						"lost"
 * @param settings		settings it is of
 * @param who			who changed it, NULL if nobody did or that isn't known
 * @param reason		why it couldn't be installed, or NULL
 */
void filtermode_tell_table(const char *type, filtermode_settings_t *settings,
						   const char *who, const char *reason);

/**
 * Tell clients of control about a CHILD_SA.
 *
 * @param type			"blocked" or "refused"
 */
void filtermode_tell_child(const char *type, ike_sa_t *ike_sa,
						   child_sa_t *child_sa);

#endif /** FILTERMODE_CONTROL_H_ */
