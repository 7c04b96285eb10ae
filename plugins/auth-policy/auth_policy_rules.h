/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_rules.h
 * Which rule applies to a peer.
 */

#ifndef AUTH_POLICY_RULES_H_
#define AUTH_POLICY_RULES_H_

#include "auth_policy_settings.h"

#include <collections/array.h>

/**
 * Find the first rule that matches a peer. A rule matches if each of its lists
 * does; cas does if any CA of the chain matches it.
 *
 * @param settings		settings in force
 * @param connection	name of the connection
 * @param id			remote identity, as it is printed in the log
 * @param cas			array of char*, subjects of the CAs of the chain
 * @return				rule, NULL if the terms of the settings apply
 */
auth_policy_rule_t *auth_policy_rule_find(auth_policy_settings_t *settings,
										  const char *connection,
										  const char *id, array_t *cas);

/**
 * Is there anybody whose certificates have to have a known status?
 *
 * @param settings		settings in force
 * @return				FALSE if all terms are relaxed
 */
bool auth_policy_rules_demand(auth_policy_settings_t *settings);

#endif /** AUTH_POLICY_RULES_H_ */
