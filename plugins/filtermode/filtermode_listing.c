/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_listing.h"
#include "filtermode_ruleset.h"

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
