/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_listener.h
 * Hears about IKE_SAs and revoked certificates from the bus.
 */

#ifndef AUTH_POLICY_LISTENER_H_
#define AUTH_POLICY_LISTENER_H_

#include "auth_policy_enforcer.h"

#include <bus/listeners/listener.h>

typedef struct auth_policy_listener_t auth_policy_listener_t;

/**
 * Hands what the bus says to the enforcer.
 */
struct auth_policy_listener_t {

	/** Implements listener_t. */
	listener_t listener;

	/**
	 * Destroy an auth_policy_listener_t.
	 */
	void (*destroy)(auth_policy_listener_t *this);
};

/**
 * Create a listener.
 *
 * @param evidence		where IKE_SAs that are gone are forgotten
 * @param enforcer		decides about IKE_SAs
 */
auth_policy_listener_t *auth_policy_listener_create(
										auth_policy_evidence_t *evidence,
										auth_policy_enforcer_t *enforcer);

#endif /** AUTH_POLICY_LISTENER_H_ */
