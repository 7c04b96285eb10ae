/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_listener.h
 * Follows the life of IKE_SAs on the bus.
 */

#ifndef UNIQUE_POLICY_LISTENER_H_
#define UNIQUE_POLICY_LISTENER_H_

#include "unique_policy_core.h"
#include "unique_policy_enforcer.h"

#include <bus/listeners/listener.h>
#include <options_store.h>

typedef struct unique_policy_listener_t unique_policy_listener_t;

struct unique_policy_listener_t {

	/**
	 * Implements listener_t.
	 */
	listener_t listener;

	/** what it decides with */
	unique_policy_enforcer_t *enforcer;
	unique_policy_core_t *core;

	/**
	 * The settings in force changed.
	 */
	void (*reload)(unique_policy_listener_t *this);

	/**
	 * Destroy a unique_policy_listener_t.
	 */
	void (*destroy)(unique_policy_listener_t *this);
};

/**
 * Create a listener.
 *
 * @param store			settings, has to outlive the listener
 */
unique_policy_listener_t *unique_policy_listener_create(options_store_t *store);

#endif /** UNIQUE_POLICY_LISTENER_H_ */
