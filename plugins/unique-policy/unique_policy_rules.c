/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_rules.h"

/**
 * An IKE_SA yields after keep_timeout and at most a quarter more.
 */
#define CHECKS_PER_TIMEOUT 4

/**
 * Longest interval, so that the time shown to the operator isn't too old.
 */
#define CHECK_INTERVAL_MAX 60

/*
 * Described in header
 */
unique_policy_rule_t *unique_policy_rule_find(
									unique_policy_settings_t *settings,
									const char *connection, const char *id,
									array_t *groups)
{
	unique_policy_rule_t *rule;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		if ((!rule->connections ||
			 rule->connections->matches(rule->connections, connection)) &&
			(!rule->ids || rule->ids->matches(rule->ids, id)) &&
			(!rule->groups || rule->groups->matches_any(rule->groups, groups)))
		{
			return rule;
		}
	}
	return NULL;
}

/**
 * Shorten the timeout if these terms have a shorter one.
 */
static void shorten(uint32_t *timeout, unique_policy_terms_t *terms)
{
	if (terms->mode == UNIQUE_KEEP && terms->keep_timeout &&
		(!*timeout || terms->keep_timeout < *timeout))
	{
		*timeout = terms->keep_timeout;
	}
}

/*
 * Described in header
 */
uint32_t unique_policy_check_interval(unique_policy_settings_t *settings)
{
	unique_policy_rule_t *rule;
	uint32_t timeout = 0;
	u_int i;

	shorten(&timeout, &settings->terms);
	for (i = 0; i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		shorten(&timeout, &rule->terms);
	}
	if (!timeout)
	{
		return 0;
	}
	return max(1, min(timeout / CHECKS_PER_TIMEOUT, CHECK_INTERVAL_MAX));
}
