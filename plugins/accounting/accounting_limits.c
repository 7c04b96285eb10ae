/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_limits.h"

/**
 * Seconds of a day, but for those on which clocks are changed.
 */
#define DAY (24 * 3600)

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
	if (rule->time_max_day && use->day_duration >= rule->time_max_day)
	{
		return "time_max_day";
	}
	if (rule->day_bytes && use->day_bytes >= rule->day_bytes)
	{
		return "bytes_max_day";
	}
	if (rule->hours && !accounting_hours_left(&rule->open, &use->now))
	{
		return "hours";
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

/**
 * Get the option of a rule by whose time a session ends first.
 *
 * @param left			gets the seconds, UINT32_MAX if it doesn't
 */
static const char *get_first(const accounting_rule_t *rule,
							 const accounting_use_t *use, uint32_t *left)
{
	const struct tm *now = &use->now;
	const char *option = NULL;
	uint32_t open, day;

	*left = UINT32_MAX;
	if (rule->time_max)
	{
		*left = rule->time_max - min(rule->time_max, use->duration);
		option = "time_max";
	}
	day = rule->time_max_day - min(rule->time_max_day, use->day_duration);
	if (rule->time_max_day && day < *left &&
		day < DAY - now->tm_hour * 3600 - now->tm_min * 60 - now->tm_sec)
	{
		*left = day;
		option = "time_max_day";
	}
	open = rule->hours ? accounting_hours_left(&rule->open, &use->now)
					   : UINT32_MAX;
	if (open < *left)
	{
		*left = open;
		option = "hours";
	}
	return option;
}

/**
 * Print the key of an option.
 */
static char *print_key(const accounting_rule_t *rule, const char *option)
{
	char *key;

	return asprintf(&key, "rules.%s.%s", rule->section.name,
					option) < 0 ? strdup(option) : key;
}

char *accounting_limits_reached(const options_sections_t *rules,
								const peer_facts_t *peer,
								const accounting_use_t *use)
{
	accounting_rule_t *rule;
	const char *option;
	u_int i;

	for (i = 0; i < rules->count; i++)
	{
		rule = rules->items[i];
		option = get_option(rule, use);
		if (option && matches(rule, peer))
		{
			return print_key(rule, option);
		}
	}
	return NULL;
}

uint32_t accounting_limits_left(const options_sections_t *rules,
								const peer_facts_t *peer,
								const accounting_use_t *use, char **key)
{
	accounting_rule_t *rule;
	const char *option;
	uint32_t left, least = UINT32_MAX;
	u_int i;

	*key = NULL;
	for (i = 0; i < rules->count; i++)
	{
		rule = rules->items[i];
		option = get_first(rule, use, &left);
		if (left < least && matches(rule, peer))
		{
			free(*key);
			*key = print_key(rule, option);
			least = left;
		}
	}
	return least;
}

/**
 * Implementations of a test of rules.
 */
static bool has_logins(const accounting_rule_t *rule)
{
	return rule->hours || rule->time_max_day || rule->day_bytes;
}

static bool has_traffic(const accounting_rule_t *rule)
{
	return rule->bytes || rule->day_bytes || rule->idle_timeout;
}

/**
 * Is there a rule that meets a test?
 */
static bool any(const options_sections_t *rules,
				bool (*test)(const accounting_rule_t *rule))
{
	u_int i;

	for (i = 0; i < rules->count; i++)
	{
		if (test(rules->items[i]))
		{
			return TRUE;
		}
	}
	return FALSE;
}

bool accounting_limits_logins(const options_sections_t *rules)
{
	return any(rules, has_logins);
}

bool accounting_limits_count(const options_sections_t *rules)
{
	return any(rules, has_traffic);
}
