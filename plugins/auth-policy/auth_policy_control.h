/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef AUTH_POLICY_CONTROL_H_
#define AUTH_POLICY_CONTROL_H_

#include "auth_policy_enforcer.h"

typedef struct auth_policy_control_t auth_policy_control_t;

struct auth_policy_control_t {

	/**
	 * Withdraw the offer and destroy an auth_policy_control_t.
	 */
	void (*destroy)(auth_policy_control_t *this);
};

/**
 * Offer a status and events.
 *
 * @param store			settings
 * @param enforcer		has to outlive it
 */
auth_policy_control_t *auth_policy_control_create(options_store_t *store,
											auth_policy_enforcer_t *enforcer);

/**
 * Is a status demanded that nobody finds out, as plugin revocation isn't there?
 *
 * @param settings		settings in force
 */
bool auth_policy_lacks_revocation(auth_policy_settings_t *settings);

/**
 * Tell clients of control that a certificate was refused. For bus hooks, too.
 *
 * @param check			certificate, and what is known about it
 * @param terms			terms that apply, NULL if charon refused it
 * @param rule			rule these are of, NULL for the settings
 * @param peer			whose certificate it is
 */
void auth_policy_tell_refused(const auth_policy_check_t *check,
							  const auth_policy_terms_t *terms,
							  const auth_policy_rule_t *rule,
							  const auth_policy_who_t *peer);

#endif /** AUTH_POLICY_CONTROL_H_ */
