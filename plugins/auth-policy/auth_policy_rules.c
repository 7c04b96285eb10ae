/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_rules.h"

/*
 * Described in header
 */
auth_policy_rule_t *auth_policy_rule_find(auth_policy_settings_t *settings,
										  const char *connection,
										  const char *id, array_t *cas)
{
	auth_policy_rule_t *rule;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if ((!rule->connections ||
			 rule->connections->matches(rule->connections, connection)) &&
			(!rule->ids || rule->ids->matches(rule->ids, id)) &&
			(!rule->cas || rule->cas->matches_any(rule->cas, cas)))
		{
			return rule;
		}
	}
	return NULL;
}

/*
 * Described in header
 */
bool auth_policy_rules_demand(auth_policy_settings_t *settings)
{
	auth_policy_rule_t *rule;
	bool demand = settings->terms.revocation != AUTH_POLICY_RELAXED;
	u_int i;

	for (i = 0; i < settings->rules.count && !demand; i++)
	{
		rule = settings->rules.items[i];
		demand = rule->terms.revocation != AUTH_POLICY_RELAXED;
	}
	return demand;
}
