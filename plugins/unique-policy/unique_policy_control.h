/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef UNIQUE_POLICY_CONTROL_H_
#define UNIQUE_POLICY_CONTROL_H_

#include "unique_policy_core.h"
#include "unique_policy_enforcer.h"

typedef struct unique_policy_control_t unique_policy_control_t;

struct unique_policy_control_t {

	/**
	 * Withdraw the offer and destroy a unique_policy_control_t.
	 */
	void (*destroy)(unique_policy_control_t *this);
};

/**
 * Offer commands and events.
 *
 * @param store			settings
 * @param enforcer		has to outlive it
 * @param core			likewise
 */
unique_policy_control_t *unique_policy_control_create(options_store_t *store,
										unique_policy_enforcer_t *enforcer,
										unique_policy_core_t *core);

/**
 * Tell clients of control that a login was accepted and is up.
 */
void unique_policy_tell_accepted(unique_policy_session_t *session);

/**
 * Tell clients of control that a login was rejected.
 *
 * @param login			the login
 * @param limit			limit it would have exceeded
 */
void unique_policy_tell_rejected(const unique_policy_login_t *login,
								 uint32_t limit);

/**
 * Tell clients of control that an IKE_SA has to go.
 *
 * @param session		its session
 * @param reason		why
 * @param by			unique ID of the IKE_SA that takes its place
 */
void unique_policy_tell_replaced(unique_policy_session_t *session,
								 unique_policy_reason_t reason, uint32_t by);

#endif /** UNIQUE_POLICY_CONTROL_H_ */
