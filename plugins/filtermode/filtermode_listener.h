/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_listener.h
 * Follows CHILD_SAs on the bus.
 */

#ifndef FILTERMODE_LISTENER_H_
#define FILTERMODE_LISTENER_H_

#include "filtermode_manager.h"

#include <bus/listeners/listener.h>

typedef struct filtermode_listener_t filtermode_listener_t;

struct filtermode_listener_t {

	/**
	 * Implements listener_t.
	 */
	listener_t listener;

	/**
	 * Get counters since the start. May be called by any thread.
	 *
	 * @param blocked		set to how many CHILD_SAs came up though the rules
	 *						block them
	 * @param refused		set to how many were refused for that
	 */
	void (*get_stats)(filtermode_listener_t *this, u_int *blocked,
					  u_int *refused);

	/**
	 * Destroy a filtermode_listener_t.
	 */
	void (*destroy)(filtermode_listener_t *this);
};

/**
 * Create a listener.
 *
 * @param manager		whom to tell, has to outlive the listener
 */
filtermode_listener_t *filtermode_listener_create(
											filtermode_manager_t *manager);

#endif /** FILTERMODE_LISTENER_H_ */
