/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_rules.h
 * Which rule applies to a peer.
 */

#ifndef AUTH_POLICY_RULES_H_
#define AUTH_POLICY_RULES_H_

#include "auth_policy_verdict.h"

/**
 * Decide about a certificate by the first rule that matches the peer, or by
 * the settings if none does.
 *
 * As a peer picks the one of its names that it authenticates as, a rule before
 * that whose ids match another of them may refuse it, too.
 *
 * A peer whose connection isn't known yet is only refused if all rules would
 * refuse it that may come to match.
 *
 * @param settings		settings in force
 * @param peer			whose certificate it is, groups are the CAs of the chain
 * @param status		what is known about the certificate
 * @param now			current time
 * @param rule			gets the rule that decided, NULL for the settings
 */
auth_policy_verdict_t auth_policy_rules_judge(auth_policy_settings_t *settings,
									const peer_facts_t *peer,
									const auth_policy_status_t *status,
									time_t now, auth_policy_rule_t **rule);

#endif /** AUTH_POLICY_RULES_H_ */
