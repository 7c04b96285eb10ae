/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_crash.h"

#include <accounting_types.h>
#include <collections/hashtable.h>

typedef struct open_t open_t;

/**
 * A session that is open, as far as the file was read.
 */
struct open_t {
	char *id;
	/** the record that was last, from behind its type on */
	char *rest;
	/** number of the line that was first */
	u_int line;
};

static void open_destroy(open_t *this)
{
	free(this->id);
	free(this->rest);
	free(this);
}

/**
 * Note a record of a session that goes on.
 */
static void note(hashtable_t *open, char *id, const char *rest, u_int line)
{
	open_t *this = open->get(open, id);

	if (!this)
	{
		INIT(this,
			.id = id,
			.line = line,
		);
		open->put(open, id, this);
	}
	else
	{
		free(id);
	}
	free(this->rest);
	this->rest = strdup(rest);
}

/**
 * Read a line.
 */
static void read_line(hashtable_t *open, const char *line, u_int number)
{
	accounting_type_t type;
	open_t *this;
	char *id;

	/* without its end, it was cut */
	id = strchr(line, '\n') ? accounting_types_read(line, &type) : NULL;
	if (!id || type == ACCOUNTING_REFUSED)
	{
		free(id);
		return;
	}
	if (type == ACCOUNTING_START || type == ACCOUNTING_UPDATE)
	{
		note(open, id, strchr(line, ','), number);
		return;
	}
	this = open->remove(open, id);
	free(id);
	if (this)
	{
		open_destroy(this);
	}
}

/**
 * Make the record that ends a session.
 */
static char *make_end(open_t *this, time_t last)
{
	char *line;
	int len = strlen(this->rest) - strlen("}\n");

	if (asprintf(&line, "{\"type\":\"%s\"%.*s,\"end\":%ld,\"reason\":\"crash\""
				 "}\n", accounting_types[ACCOUNTING_END], len, this->rest,
				 (long)last) < 0)
	{
		return NULL;
	}
	return line;
}

/**
 * Sort by the first record of each.
 */
static int compare(const void *a, const void *b, void *user)
{
	const open_t *x = a, *y = b;

	return x->line < y->line ? -1 : 1;
}

array_t *accounting_crash_find(FILE *in, const char *own, time_t last)
{
	enumerator_t *enumerator;
	hashtable_t *open;
	array_t *found, *lines;
	open_t *this;
	char *line = NULL;
	size_t size = 0;
	u_int number = 0;

	open = hashtable_create(hashtable_hash_str, hashtable_equals_str, 32);
	while (getline(&line, &size, in) > 0)
	{
		read_line(open, line, number++);
	}
	free(line);

	found = array_create(0, 0);
	enumerator = open->create_enumerator(open);
	while (enumerator->enumerate(enumerator, NULL, &this))
	{
		array_insert(found, ARRAY_TAIL, this);
	}
	enumerator->destroy(enumerator);
	open->destroy(open);
	array_sort(found, compare, NULL);

	lines = array_create(0, 0);
	while (array_remove(found, ARRAY_HEAD, &this))
	{
		if (!strpfx(this->id, own))
		{
			line = make_end(this, last);
			array_insert(lines, ARRAY_TAIL, line);
		}
		open_destroy(this);
	}
	array_destroy(found);
	return lines;
}
