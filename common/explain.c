/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "explain.h"

#include <stdio.h>

void explain_add(array_t *lines, const char *fmt, ...)
{
	va_list args;
	char *line;

	va_start(args, fmt);
	if (vasprintf(&line, fmt, args) >= 0)
	{
		array_insert(lines, ARRAY_TAIL, line);
	}
	va_end(args);
}

/**
 * Write the patterns of a list.
 */
static void write_list(FILE *out, const char *key, glob_list_t *list,
					   const char *before)
{
	enumerator_t *enumerator;
	char *pattern;
	bool negated, first = TRUE;

	fprintf(out, "%s%s = ", before, key);
	enumerator = list->create_enumerator(list);
	while (enumerator->enumerate(enumerator, &pattern, &negated))
	{
		fprintf(out, "%s%s%s", first ? "" : ", ", negated ? "!" : "", pattern);
		first = FALSE;
	}
	enumerator->destroy(enumerator);
}

char *explain_rule(const char *name, const peer_match_t *match,
				   const char *third)
{
	const struct {
		const char *key;
		glob_list_t *list;
	} lists[] = {
		{ "connections", name ? match->connections : NULL },
		{ "ids", name ? match->ids : NULL },
		{ third, name ? match->groups : NULL },
	};
	char *text = NULL;
	const char *before = " (";
	size_t len;
	FILE *out;
	int i;

	out = open_memstream(&text, &len);
	fprintf(out, "%s%s", name ? "rules." : "no rule", name ?: "");
	for (i = 0; i < countof(lists); i++)
	{
		if (lists[i].list)
		{
			write_list(out, lists[i].key, lists[i].list, before);
			before = "; ";
		}
	}
	fprintf(out, "%s", *before == ';' ? ")" : "");
	fclose(out);
	return text;
}

/**
 * Does a rule match that asks for groups, if the peer is in one of them?
 */
static bool needs_group(const peer_match_t *match, const peer_facts_t *facts)
{
	peer_match_t rest = *match;

	rest.groups = NULL;
	return match->groups && peer_match(match, facts) == PEER_MATCH_NO &&
		   peer_match(&rest, facts) == PEER_MATCH_YES;
}

void explain_rules(array_t *lines, void *config,
				   const options_sections_t *rules, size_t offset, void *found,
				   const peer_facts_t *facts, const char *member,
				   explain_rule_cb_t cb)
{
	const char *when = "";
	char *rule;
	u_int i;

	for (i = 0; i < rules->count && rules->items[i] != found; i++)
	{
		rule = rules->items[i];
		if (needs_group((peer_match_t*)(rule + offset), facts))
		{
			cb(lines, config, rule, member);
			when = " else";
		}
	}
	cb(lines, config, found, when);
}
