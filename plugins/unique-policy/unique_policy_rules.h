/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_rules.h
 * Which rule applies to a login.
 */

#ifndef UNIQUE_POLICY_RULES_H_
#define UNIQUE_POLICY_RULES_H_

#include "unique_policy_settings.h"

/**
 * Find the first rule that matches a login. Before that a stricter one that
 * matches another name of the peer applies, the strictest of these.
 *
 * @param settings		settings in force
 * @param peer			who logs in
 * @return				rule, NULL if the terms of the settings apply
 */
unique_policy_rule_t *unique_policy_rule_find(
									unique_policy_settings_t *settings,
									const peer_facts_t *peer);

/**
 * Find out how often IKE_SAs have to be checked for inbound traffic so that
 * they yield in time.
 *
 * @param settings		settings in force
 * @return				seconds, 0 if IKE_SAs never yield
 */
uint32_t unique_policy_check_interval(unique_policy_settings_t *settings);

#endif /** UNIQUE_POLICY_RULES_H_ */
