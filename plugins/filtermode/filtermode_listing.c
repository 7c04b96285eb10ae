/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_listing.h"
#include "filtermode_ruleset.h"

#include <string.h>

typedef struct entry_t entry_t;

/**
 * Something in a table.
 */
struct entry_t {
	/** "chain", "set", "ct helper" */
	char type[32];
	char name[256];
	/** type, hook, priority and policy of a base chain, empty for others */
	char base[256];
};

bool filtermode_listing_is_ours(const char *listing)
{
	return strstr(listing, "\n\tcomment \"" FILTERMODE_COMMENT "\"\n");
}

/**
 * Parse the next entry: a tab, its type and name, and a brace, with the rest
 * of it further in.
 *
 * @param pos		where to start, set to the line after that
 * @return			FALSE if there is no other
 */
static bool next_entry(const char **pos, entry_t *entry)
{
	const char *line, *end, *brace, *name, *dash;

	for (line = *pos; *line; line = end)
	{
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		brace = memmem(line, end - line, " {", 2);
		if (line[0] != '\t' || line[1] == '\t' || line[1] == '}' || !brace)
		{
			continue;
		}
		name = memrchr(line, ' ', brace - line);
		if (!name)
		{
			continue;
		}
		snprintf(entry->type, sizeof(entry->type), "%.*s",
				 (int)(name - line - 1), line + 1);
		snprintf(entry->name, sizeof(entry->name), "%.*s",
				 (int)(brace - name - 1), name + 1);
		entry->base[0] = '\0';
		dash = strstr(end, " hook ");
		if (strpfx(end, "\t\ttype ") && dash && dash < strchrnul(end, '\n'))
		{
			snprintf(entry->base, sizeof(entry->base), "%.*s",
					 (int)strcspn(end, "\n"), end);
		}
		*pos = end;
		return TRUE;
	}
	return FALSE;
}

/**
 * Does the new table have this base chain, too?
 */
static bool has_base(const char *text, entry_t *entry)
{
	char start[BUF_LEN];

	snprintf(start, sizeof(start), "\tchain %s {\n%s\n", entry->name,
			 entry->base);
	return strstr(text, start);
}

/**
 * Print the deletion of all chains but base chains, or of all but chains.
 *
 * @return			FALSE if a base chain has to go
 */
static bool print_deletes(const char *listing, const char *table,
						  const char *text, bool chains, FILE *out)
{
	entry_t entry;

	while (next_entry(&listing, &entry))
	{
		if (streq(entry.type, "chain") != chains)
		{
			continue;
		}
		if (!entry.base[0])
		{
			fprintf(out, "delete %s inet %s %s\n", entry.type, table,
					entry.name);
		}
		else if (!has_base(text, &entry))
		{
			return FALSE;
		}
	}
	return TRUE;
}

void filtermode_listing_print_clear(const char *listing, const char *table,
									const char *text, FILE *out)
{
	char *deletes = NULL;
	size_t len;
	bool kept;
	FILE *mem;

	mem = open_memstream(&deletes, &len);
	/* maps may refer to chains */
	kept = print_deletes(listing, table, text, FALSE, mem) &&
		   print_deletes(listing, table, text, TRUE, mem);
	fclose(mem);
	if (kept)
	{
		fprintf(out, "flush table inet %s\n%s", table, deletes);
	}
	else
	{
		fprintf(out, "delete table inet %s\n", table);
	}
	free(deletes);
}

/**
 * Where its elements start in the listing of a set.
 *
 * @return			NULL if there are none
 */
static const char *find_elements(const char *listing)
{
	const char *start = "\n\t\telements = {", *found;

	found = strstr(listing, start);
	return found ? found + strlen(start) : NULL;
}

/**
 * Has a set a line, before its elements?
 *
 * @param start		start of the line
 * @return			what follows there, NULL if it doesn't
 */
static const char *find_line(const char *listing, const char *start)
{
	const char *found, *end = find_elements(listing);
	char line[64];

	snprintf(line, sizeof(line), "\n\t\t%s", start);
	found = strstr(listing, line);
	return found && (!end || found < end) ? found + strlen(line) : NULL;
}

/**
 * Is a set of addresses?
 *
 * @param v6		set to of which
 */
static bool is_of_addresses(const char *listing, bool *v6)
{
	static const struct {
		const char *type;
		bool v6;
	} types[] = {
		{ "type ipv4_addr\n", FALSE },
		{ "type ipv6_addr\n", TRUE },
		{ "typeof ip saddr\n", FALSE },
		{ "typeof ip daddr\n", FALSE },
		{ "typeof ip6 saddr\n", TRUE },
		{ "typeof ip6 daddr\n", TRUE },
	};
	int i;

	for (i = 0; i < countof(types); i++)
	{
		if (find_line(listing, types[i].type))
		{
			*v6 = types[i].v6;
			return TRUE;
		}
	}
	return FALSE;
}

const char *filtermode_listing_check_set(const char *listing, int what,
										 bool *v6)
{
	const char *flags = find_line(listing, "flags ");
	bool interval = FALSE;

	if (flags)
	{
		flags = strstr(flags, "interval");
		interval = flags && flags < strchr(find_line(listing, "flags "), '\n');
	}
	if (!is_of_addresses(listing, v6))
	{
		return "expected a set of type ipv4_addr or ipv6_addr";
	}
	if (what == FILTERMODE_NETWORKS && !interval)
	{
		return "expected a set with flags interval, as what = networks";
	}
	if (find_line(listing, "auto-merge\n"))
	{
		return "expected a set without auto-merge, by which elements of others "
			   "and ours become one";
	}
	if (find_line(listing, "timeout "))
	{
		return "expected a set without timeout, by which elements go while "
			   "their peers are there";
	}
	return NULL;
}

/**
 * Find the end of an element.
 */
static const char *find_end(const char *pos)
{
	bool quoted;

	for (quoted = FALSE; *pos && (quoted || (*pos != ',' && *pos != '}'));
		 pos++)
	{
		quoted ^= *pos == '"';
	}
	return pos;
}

void filtermode_listing_elements(const char *listing,
					void (*cb)(void *data, const char *element, bool ours),
					void *data)
{
	static const char mark[] = " comment \"" FILTERMODE_MARK "\"";
	const char *pos, *end;
	char *element;

	for (pos = find_elements(listing); pos && *pos && *pos != '}';
		 pos = *end == ',' ? end + 1 : end)
	{
		pos += strspn(pos, " \t\n");
		end = find_end(pos);
		element = strndup(pos, end - pos);
		element[strcspn(element, " \t\n")] = '\0';
		cb(data, element, memmem(pos, end - pos, mark, strlen(mark)) != NULL);
		free(element);
	}
}
