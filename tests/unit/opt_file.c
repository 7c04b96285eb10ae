/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "opt_file.h"
#include "unit.h"

#include <collections/array.h>

#include <ctype.h>

/**
 * Name of a section that is up to the user.
 */
#define ANY_NAME "<name>"

typedef struct entry_t entry_t;

/**
 * An option or section.
 */
struct entry_t {
	/** full name within the plugin's section */
	char *name;
	/** default, empty if there is none, NULL for a section */
	char *def;
};

/**
 * Add an entry to an array of them.
 */
static void add_entry(array_t *entries, const char *name, const char *def)
{
	entry_t entry = {
		.name = strdup(name),
		.def = strdupnull(def),
	};

	array_insert(entries, ARRAY_TAIL, &entry);
}

/**
 * Find an entry by its name.
 */
static bool find_entry(array_t *entries, const char *name, entry_t *entry)
{
	int i;

	for (i = 0; array_get(entries, i, entry); i++)
	{
		if (streq(entry->name, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

CALLBACK(entry_destroy, void,
	entry_t *entry, int idx, void *unused)
{
	free(entry->name);
	free(entry->def);
}

static void entries_destroy(array_t *entries)
{
	array_destroy_function(entries, entry_destroy, NULL);
}

/**
 * Add what a schema holds.
 */
static void read_schema(array_t *entries, const options_schema_t *schema,
						const char *prefix)
{
	const option_t *option;
	char name[BUF_LEN];
	u_int i;

	for (i = 0; i < schema->count; i++)
	{
		option = &schema->options[i];
		snprintf(name, sizeof(name), "%s.%s", prefix, option->key);
		if (option->type == OPTION_SECTIONS)
		{
			add_entry(entries, name, NULL);
			strncat(name, "." ANY_NAME, sizeof(name) - strlen(name) - 1);
			add_entry(entries, name, NULL);
			read_schema(entries, option->section, name);
		}
		else
		{
			add_entry(entries, name, option->def ?: "");
		}
	}
}

/**
 * Cut white space off the end of a string.
 */
static void trim_end(char *str)
{
	size_t len = strlen(str);

	while (len && isspace((u_char)str[len - 1]))
	{
		str[--len] = '\0';
	}
}

/**
 * Use ANY_NAME for whatever a name has in angle brackets.
 */
static void unify_names(const char *name, char *buf, size_t len)
{
	const char *start, *end;

	*buf = '\0';
	while ((start = strchr(name, '<')) && (end = strchr(start, '>')))
	{
		snprintf(buf + strlen(buf), len - strlen(buf), "%.*s" ANY_NAME,
				 (int)(start - name), name);
		name = end + 1;
	}
	snprintf(buf + strlen(buf), len - strlen(buf), "%s", name);
}

/**
 * Is this what follows the name of a section: {} or { # }?
 */
static bool is_section(const char *str)
{
	str += strspn(str, "{");
	str += strspn(str, " \t#");
	return streq(str, "}");
}

/**
 * Add the option or section that a line defines.
 *
 * @return		FALSE if the line is neither that nor a description
 */
static bool read_line(array_t *entries, char *line)
{
	char name[BUF_LEN], *rest;

	trim_end(line);
	if (!*line || *line == '#' || isspace((u_char)*line))
	{
		return TRUE;
	}
	rest = line + strcspn(line, " \t");
	if (*rest)
	{
		*rest++ = '\0';
		rest += strspn(rest, " \t");
	}
	unify_names(line, name, sizeof(name));

	if (*rest == '{' && is_section(rest))
	{
		add_entry(entries, name, NULL);
		return TRUE;
	}
	if (*rest == ':')
	{
		rest++;
	}
	if (*rest == '=')
	{
		rest++;
		add_entry(entries, name, rest + strspn(rest, " \t"));
		return TRUE;
	}
	if (*rest)
	{
		return FALSE;
	}
	add_entry(entries, name, "");
	return TRUE;
}

/**
 * Write a default or what stands for it.
 */
static void print_default(FILE *out, const char *where, const char *def)
{
	if (def)
	{
		fprintf(out, "%s has the default \"%s\"", where, def);
	}
	else
	{
		fprintf(out, "%s has a section", where);
	}
}

/**
 * Compare an entry of the schema with the file's.
 */
static void compare_entry(FILE *out, entry_t *entry, array_t *file)
{
	entry_t other;

	if (!find_entry(file, entry->name, &other))
	{
		/* sections needn't be described, only what is in them */
		if (entry->def)
		{
			fprintf(out, "%s isn't in the .opt file\n", entry->name);
		}
	}
	else if (!streq(entry->def, other.def))
	{
		fprintf(out, "%s: ", entry->name);
		print_default(out, "the table", entry->def);
		print_default(out, ", the .opt file", other.def);
		fprintf(out, "\n");
	}
}

/**
 * Add the options and sections of a file, write lines that are none.
 */
static void read_file(array_t *entries, FILE *file, FILE *out)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) != -1)
	{
		if (!read_line(entries, line))
		{
			fprintf(out, "%s is neither an option nor a section\n", line);
		}
	}
	free(line);
}

char *opt_file_compare(const options_schema_t *schema, FILE *file)
{
	char root[BUF_LEN], load[BUF_LEN], *differences;
	array_t *table, *opts;
	entry_t entry, other;
	size_t len;
	FILE *out;
	int i;

	snprintf(root, sizeof(root), "charon.plugins.%s", schema->name);
	snprintf(load, sizeof(load), "charon.plugins.%s.load", schema->name);
	table = array_create(sizeof(entry_t), 0);
	opts = array_create(sizeof(entry_t), 0);
	out = open_memstream(&differences, &len);

	add_entry(table, root, NULL);
	read_schema(table, schema, root);
	read_file(opts, file, out);

	for (i = 0; array_get(table, i, &entry); i++)
	{
		compare_entry(out, &entry, opts);
	}
	for (i = 0; array_get(opts, i, &entry); i++)
	{
		if (!streq(entry.name, load) &&
			!find_entry(table, entry.name, &other))
		{
			fprintf(out, "%s isn't in the table\n", entry.name);
		}
	}
	fclose(out);
	entries_destroy(table);
	entries_destroy(opts);
	return differences;
}

void assert_opt_matches(const options_schema_t *schema)
{
	char path[BUF_LEN], *differences;
	FILE *file;

	snprintf(path, sizeof(path), TOP_SRCDIR "/plugins/%s/%s.opt", schema->name,
			 schema->name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s: %m", path);
	differences = opt_file_compare(schema, file);
	fclose(file);
	ck_assert_msg(!*differences, "%s:\n%s", path, differences);
	free(differences);
}
