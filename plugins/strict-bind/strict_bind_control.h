/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef STRICT_BIND_CONTROL_H_
#define STRICT_BIND_CONTROL_H_

#include "strict_bind_monitor.h"

typedef struct strict_bind_control_t strict_bind_control_t;

struct strict_bind_control_t {

	/**
	 * Withdraw the offer and destroy a strict_bind_control_t.
	 */
	void (*destroy)(strict_bind_control_t *this);
};

/**
 * Offer commands and events.
 *
 * @param store			settings
 * @param monitor		has to outlive it
 */
strict_bind_control_t *strict_bind_control_create(options_store_t *store,
											strict_bind_monitor_t *monitor);

/**
 * Tell clients of control what happened to a socket.
 *
 * @param type			"bound", "released" or "failed"
 * @param target		where it is or was
 * @param error			errno if it failed
 */
void strict_bind_tell(const char *type, const strict_bind_target_t *target,
					  int error);

#endif /** STRICT_BIND_CONTROL_H_ */
