/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ipsec_conf.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>

/**
 * Longest line, name and value, with their ends.
 */
#define LINE_LEN 512

/**
 * A value, or with also what a connection refers to.
 */
typedef struct {
	char *key;
	char *value;
	u_int line;
} ipsec_conf_entry_t;

/**
 * What is said of a connection, in whatever places.
 */
typedef struct {
	/** "" for config setup */
	char *name;
	/** ipsec_conf_entry_t* */
	array_t *entries;
} section_t;

/**
 * Get the section of a connection, which is added.
 */
static section_t *get_section(ipsec_conf_t *this, const char *name)
{
	section_t *section = this->sections->get(this->sections, name);

	if (!section)
	{
		INIT(section,
			.name = strdup(name),
			.entries = array_create(0, 0),
		);
		this->sections->put(this->sections, section->name, section);
	}
	return section;
}

/**
 * Read a line.
 *
 * @param conn			connection that it may be in, or gets the one it begins
 */
static void read_line(ipsec_conf_t *this, char *line, u_int number,
					  char conn[LINE_LEN])
{
	char key[LINE_LEN], value[LINE_LEN];
	ipsec_conf_entry_t *entry;

	if (sscanf(line, "conn %511s", conn) == 1)
	{
		if (!streq(conn, "%default"))
		{
			array_insert(this->conns, ARRAY_TAIL, strdup(conn));
		}
	}
	else if (sscanf(line, " include %511s", key) == 1)
	{
		this->more = TRUE;
	}
	else if (*line && !isspace((u_char)*line) && *line != '#')
	{	/* config setup, or a ca */
		strcpy(conn, strpfx(line, "config") ? "" : "%other");
	}
	else if (sscanf(line, " %511[^= \t#] = \"%511[^\"\n]", key, value) == 2 ||
			 sscanf(line, " %511[^= \t#] = %511[^ \t\r\n#\"]", key, value) == 2)
	{
		INIT(entry,
			.key = strdup(key),
			.value = strdup(value),
			.line = number,
		);
		array_insert(get_section(this, conn)->entries, ARRAY_TAIL, entry);
	}
}

ipsec_conf_t *ipsec_conf_create(const char *file)
{
	char line[LINE_LEN], conn[LINE_LEN] = "";
	ipsec_conf_t *this;
	u_int number = 0;
	struct stat st;
	FILE *in;

	in = stat(file, &st) == 0 && S_ISREG(st.st_mode) ? fopen(file, "r") : NULL;
	if (!in)
	{
		return NULL;
	}
	INIT(this,
		.file = file,
		.conns = array_create(0, 0),
		.sections = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									 8),
	);
	while (fgets(line, sizeof(line), in))
	{
		read_line(this, line, ++number, conn);
	}
	fclose(in);
	return this;
}

/**
 * Find the last value of a connection.
 */
static ipsec_conf_entry_t *find_own(ipsec_conf_t *this, const char *conn,
									const char *key)
{
	section_t *section = this->sections->get(this->sections, conn);
	ipsec_conf_entry_t *entry;
	int i;

	for (i = section ? array_count(section->entries) - 1 : -1; i >= 0; i--)
	{
		array_get(section->entries, i, &entry);
		if (streq(entry->key, key))
		{
			return entry;
		}
	}
	return NULL;
}

/**
 * Add the connections that one refers to, each once: they may do so in circles.
 */
static void add_others(ipsec_conf_t *this, const char *conn, array_t *conns)
{
	section_t *section = this->sections->get(this->sections, conn);
	ipsec_conf_entry_t *entry;
	char *known;
	bool found;
	int i, j;

	for (i = 0; section && i < array_count(section->entries); i++)
	{
		array_get(section->entries, i, &entry);
		if (!streq(entry->key, "also"))
		{
			continue;
		}
		found = FALSE;
		for (j = 0; !found && j < array_count(conns); j++)
		{
			array_get(conns, j, &known);
			found = streq(known, entry->value);
		}
		if (!found)
		{
			array_insert(conns, ARRAY_TAIL, entry->value);
		}
	}
}

/**
 * Find the value of a connection, its own or that of one it refers to.
 */
static ipsec_conf_entry_t *find(ipsec_conf_t *this, const char *conn,
								const char *key)
{
	ipsec_conf_entry_t *entry = NULL;
	array_t *conns = array_create(0, 0);
	char *current = (char*)conn;
	int i;

	array_insert(conns, ARRAY_TAIL, current);
	for (i = 0; !entry && i < array_count(conns); i++)
	{
		array_get(conns, i, &current);
		entry = find_own(this, current, key);
		add_others(this, current, conns);
	}
	array_destroy(conns);
	return entry;
}

const char *ipsec_conf_get(ipsec_conf_t *this, const char *conn,
						   const char *key, u_int *line)
{
	ipsec_conf_entry_t *entry;

	entry = find(this, conn ?: "", key);
	if (!entry && conn)
	{
		entry = find(this, "%default", key);
	}
	if (entry && line)
	{
		*line = entry->line;
	}
	return entry ? entry->value : NULL;
}

CALLBACK(destroy_entry, void,
	ipsec_conf_entry_t *entry, int idx, void *user)
{
	free(entry->key);
	free(entry->value);
	free(entry);
}

CALLBACK(destroy_section, void,
	section_t *section, const void *key)
{
	array_destroy_function(section->entries, destroy_entry, NULL);
	free(section->name);
	free(section);
}

void ipsec_conf_destroy(ipsec_conf_t *this)
{
	array_destroy_function(this->conns, (void*)free, NULL);
	this->sections->destroy_function(this->sections, destroy_section);
	free(this);
}
