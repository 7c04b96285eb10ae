/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_rules.h"

/**
 * Does any of the CAs match?
 */
static bool match_cas(glob_list_t *globs, array_t *cas)
{
	enumerator_t *enumerator;
	char *ca;
	bool found = FALSE;

	enumerator = array_create_enumerator(cas);
	while (!found && enumerator->enumerate(enumerator, &ca))
	{
		found = globs->matches(globs, ca);
	}
	enumerator->destroy(enumerator);
	return found;
}

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
			(!rule->cas || match_cas(rule->cas, cas)))
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
