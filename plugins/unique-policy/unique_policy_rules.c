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

/**
 * Number of sessions that are allowed, as strict as it is.
 */
static uint32_t get_limit(const unique_policy_terms_t *terms)
{
	return terms->mode == UNIQUE_KEEP || terms->mode == UNIQUE_REPLACE ?
													terms->limit : UINT32_MAX;
}

/**
 * Do terms let fewer in than others? With the same limit, modes are ordered.
 */
static bool is_stricter(const unique_policy_terms_t *terms,
						const unique_policy_terms_t *other)
{
	uint32_t limit = get_limit(terms), other_limit = get_limit(other);

	return limit < other_limit ||
		   (limit == other_limit && terms->mode > other->mode);
}

unique_policy_rule_t *unique_policy_rule_find(
									unique_policy_settings_t *settings,
									const peer_facts_t *peer)
{
	unique_policy_rule_t *rule, *strict = NULL, *found = NULL;
	peer_match_verdict_t verdict;
	u_int i;

	for (i = 0; !found && i < settings->rules.count; i++)
	{
		rule = settings->rules.items[i];
		verdict = peer_match(&rule->match, peer);
		if (verdict == PEER_MATCH_YES)
		{
			found = rule;
		}
		else if (verdict == PEER_MATCH_NOT_ID &&
				 rule->match.ids->matches_names(rule->match.ids,
												peer->names) &&
				 (!strict || is_stricter(&rule->terms, &strict->terms)))
		{
			strict = rule;
		}
	}
	if (strict && is_stricter(&strict->terms,
							  found ? &found->terms : &settings->terms))
	{
		return strict;
	}
	return found;
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
