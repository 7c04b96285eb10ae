/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_events.h
 * What clients of control are told: doc/control.md.
 */

#ifndef AUTH_POLICY_EVENTS_H_
#define AUTH_POLICY_EVENTS_H_

#include "auth_policy_check.h"
#include "auth_policy_who.h"

/**
 * Names of auth_policy_result_t.
 */
extern const char *const auth_policy_results[AUTH_POLICY_RESULTS];

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

#endif /** AUTH_POLICY_EVENTS_H_ */
