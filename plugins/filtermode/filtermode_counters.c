/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_counters.h"

#include <collections/hashtable.h>

#include <inttypes.h>
#include <stdio.h>

/**
 * Directions of a chain.
 */
typedef enum {
	NONE,
	IN,
	OUT,
} direction_t;

/**
 * Get the direction of a chain by its name.
 *
 * @param line		line of a listing: a tab, "chain", its name, and a brace
 */
static direction_t get_direction(const char *line)
{
	const char *end = strstr(line, " {");

	if (strpfx(line, "\tchain ") && end)
	{
		if (strneq(end - strlen("-in"), "-in", strlen("-in")))
		{
			return IN;
		}
		if (strneq(end - strlen("-out"), "-out", strlen("-out")))
		{
			return OUT;
		}
	}
	return NONE;
}

/**
 * Parse a rule that counts and has a comment.
 *
 * @return			FALSE if it isn't one
 */
static bool parse(const char *line, filtermode_counter_t *counter,
				  filtermode_count_t *count)
{
	const char *pos;

	pos = strstr(line, "counter packets ");
	if (!pos || sscanf(pos, "counter packets %" SCNu64 " bytes %" SCNu64
					   " %15s", &count->packets, &count->bytes,
					   counter->action) != 3)
	{
		return FALSE;
	}
	pos = strstr(pos, " comment \"");
	return pos && sscanf(pos, " comment \"%128[^\"]", counter->name) == 1;
}

/**
 * Add to the counter of that name, or to a new one.
 */
static void add(array_t *counters, hashtable_t *by_name,
				filtermode_counter_t *parsed, filtermode_count_t *count,
				direction_t direction)
{
	filtermode_counter_t *counter;
	filtermode_count_t *sum;

	counter = by_name->get(by_name, parsed->name);
	if (!counter)
	{
		counter = malloc_thing(filtermode_counter_t);
		*counter = *parsed;
		array_insert(counters, ARRAY_TAIL, counter);
		by_name->put(by_name, counter->name, counter);
	}
	if (streq(parsed->action, "reject"))
	{	/* where it can't be rejected, it is dropped */
		strcpy(counter->action, parsed->action);
	}
	sum = direction == IN ? &counter->in : &counter->out;
	sum->packets += count->packets;
	sum->bytes += count->bytes;
}

array_t *filtermode_counters_parse(const char *listing)
{
	direction_t direction = NONE;
	filtermode_counter_t parsed;
	filtermode_count_t count;
	enumerator_t *lines;
	hashtable_t *by_name;
	array_t *counters;
	char *line;

	counters = array_create(0, 0);
	by_name = hashtable_create(hashtable_hash_str, hashtable_equals_str, 32);
	lines = enumerator_create_token(listing, "\n", "");
	while (lines->enumerate(lines, &line))
	{
		if (line[0] == '\t' && line[1] != '\t')
		{
			direction = get_direction(line);
		}
		parsed = (filtermode_counter_t){};
		if (direction != NONE && parse(line, &parsed, &count))
		{
			add(counters, by_name, &parsed, &count, direction);
		}
	}
	lines->destroy(lines);
	by_name->destroy(by_name);
	return counters;
}
