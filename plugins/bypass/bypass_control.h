/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef BYPASS_CONTROL_H_
#define BYPASS_CONTROL_H_

#include "bypass_manager.h"

#include <connections.h>

typedef struct bypass_control_t bypass_control_t;

struct bypass_control_t {

	/**
	 * Withdraw the offer and destroy a bypass_control_t.
	 */
	void (*destroy)(bypass_control_t *this);
};

/**
 * Offer commands and events.
 *
 * @param store			settings
 * @param manager		has to outlive it
 * @param connections	likewise, counts those whose traffic is in a LAN
 */
bypass_control_t *bypass_control_create(options_store_t *store,
										bypass_manager_t *manager,
										connection_watch_t *connections);

/**
 * Tell clients of control that a plan was put in force, if that changed
 * something.
 *
 * @param old			plan of before, NULL if there was none
 * @param new			plan now in force
 * @param changes		what was done to policies
 */
void bypass_tell_changed(bypass_plan_t *old, bypass_plan_t *new,
						 bypass_changes_t *changes);

#endif /** BYPASS_CONTROL_H_ */
