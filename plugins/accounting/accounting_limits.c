/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_limits.h"

/**
 * Does a rule match a peer, by any of its names? Else one that is limited would
 * pick another.
 */
static bool matches(const accounting_rule_t *rule, const peer_facts_t *peer)
{
	glob_list_t *ids = rule->match.ids;

	switch (peer_match(&rule->match, peer))
	{
		case PEER_MATCH_YES:
			return TRUE;
		case PEER_MATCH_NOT_ID:
			return ids->matches_names(ids, peer->names);
		default:
			return FALSE;
	}
}

/**
 * Get the option of a rule whose limit is reached, NULL if none is.
 */
static const char *get_option(const accounting_rule_t *rule,
							  const accounting_use_t *use)
{
	if (rule->time_max && use->duration >= rule->time_max)
	{
		return "time_max";
	}
	if (rule->bytes && use->bytes >= rule->bytes)
	{
		return "bytes_max";
	}
	if (rule->idle_timeout && use->idle >= rule->idle_timeout)
	{
		return "idle_timeout";
	}
	return NULL;
}

char *accounting_limits_reached(const options_sections_t *rules,
								const peer_facts_t *peer,
								const accounting_use_t *use)
{
	accounting_rule_t *rule;
	const char *option;
	char *key;
	u_int i;

	for (i = 0; i < rules->count; i++)
	{
		rule = rules->items[i];
		option = get_option(rule, use);
		if (option && matches(rule, peer))
		{
			if (asprintf(&key, "rules.%s.%s", rule->section.name, option) < 0)
			{
				key = strdup(option);
			}
			return key;
		}
	}
	return NULL;
}

bool accounting_limits_count(const options_sections_t *rules)
{
	accounting_rule_t *rule;
	u_int i;

	for (i = 0; i < rules->count; i++)
	{
		rule = rules->items[i];
		if (rule->bytes || rule->idle_timeout)
		{
			return TRUE;
		}
	}
	return FALSE;
}
