/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "last_sessions.h"

#include <accounting_types.h>
#include <collections/array.h>
#include <collections/hashtable.h>

typedef struct private_last_sessions_t private_last_sessions_t;
typedef struct entry_t entry_t;

/**
 * A session whose beginning wasn't read yet.
 */
struct entry_t {
	char *id;
	/** what was written last about it */
	last_found_t found;
	/** how many were noted before */
	u_int number;
};

struct private_last_sessions_t {
	last_sessions_t public;
	bool refused;
	/** char* => entry_t* */
	hashtable_t *entries;
	/** char* => char*, those that go on in the file that is being read */
	hashtable_t *continued;
	/** number of sessions noted so far */
	u_int count;
	/** whether it is the first file */
	bool newest;
	/** entry_t*, last one first; NULL until get_rest() */
	array_t *rest;
};

static void entry_destroy(entry_t *this)
{
	free(this->id);
	free(this->found.line);
	free(this);
}

METHOD(last_sessions_t, add_continued, bool,
	private_last_sessions_t *this, const char *line)
{
	accounting_type_t type;
	char *id = accounting_types_read(line, &type);

	if (id && type == ACCOUNTING_CONTINUED)
	{
		free(this->continued->remove(this->continued, id));
		this->continued->put(this->continued, id, id);
		return TRUE;
	}
	free(id);
	/* some end while the others go on */
	return id && type == ACCOUNTING_END;
}

/**
 * Show what was written about a session, which is forgotten.
 */
static void show(private_last_sessions_t *this, entry_t *entry,
				 last_found_t *found)
{
	this->entries->remove(this->entries, entry->id);
	*found = entry->found;
	entry->found.line = NULL;
	entry_destroy(entry);
}

/**
 * Take a record of a session.
 */
static void add_record(private_last_sessions_t *this, accounting_type_t type,
					   char *id, const char *line, last_found_t *found)
{
	entry_t *entry = this->entries->get(this->entries, id);

	if (!entry)
	{
		INIT(entry,
			.id = strdup(id),
			.found = {
				.line = strdup(line),
				.newest = this->newest,
			},
			.number = this->count++,
		);
		this->entries->put(this->entries, entry->id, entry);
	}
	if (type == ACCOUNTING_START && !this->continued->get(this->continued, id))
	{
		show(this, entry, found);
	}
}

METHOD(last_sessions_t, add, bool,
	private_last_sessions_t *this, const char *line, last_found_t *found)
{
	accounting_type_t type;
	char *id = accounting_types_read(line, &type);

	*found = (last_found_t){};
	if (!id)
	{
		return FALSE;
	}
	if (!this->refused && type != ACCOUNTING_REFUSED)
	{
		add_record(this, type, id, line, found);
	}
	else if (this->refused && type == ACCOUNTING_REFUSED)
	{
		found->line = strdup(line);
	}
	free(id);
	return TRUE;
}

METHOD(last_sessions_t, next_file, void,
	private_last_sessions_t *this)
{
	this->newest = FALSE;
	this->continued->destroy_function(this->continued, (void*)free);
	this->continued = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									   32);
}

/**
 * Those noted first, which are the newest, come first.
 */
static int compare(const void *a, const void *b, void *user)
{
	const entry_t *x = a, *y = b;

	return x->number < y->number ? -1 : 1;
}

METHOD(last_sessions_t, get_rest, void,
	private_last_sessions_t *this, last_found_t *found)
{
	enumerator_t *enumerator;
	entry_t *entry;

	if (!this->rest)
	{
		this->rest = array_create(0, 0);
		enumerator = this->entries->create_enumerator(this->entries);
		while (enumerator->enumerate(enumerator, NULL, &entry))
		{
			array_insert(this->rest, ARRAY_TAIL, entry);
		}
		enumerator->destroy(enumerator);
		array_sort(this->rest, compare, NULL);
	}
	*found = (last_found_t){};
	if (array_remove(this->rest, ARRAY_HEAD, &entry))
	{
		show(this, entry, found);
	}
}

METHOD(last_sessions_t, destroy, void,
	private_last_sessions_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		entry_destroy(entry);
	}
	enumerator->destroy(enumerator);
	this->entries->destroy(this->entries);
	this->continued->destroy_function(this->continued, (void*)free);
	array_destroy(this->rest);
	free(this);
}

last_sessions_t *last_sessions_create(bool refused)
{
	private_last_sessions_t *this;

	INIT(this,
		.public = {
			.add_continued = _add_continued,
			.add = _add,
			.next_file = _next_file,
			.get_rest = _get_rest,
			.destroy = _destroy,
		},
		.refused = refused,
		.newest = TRUE,
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									32),
		.continued = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									  32),
	);
	return &this->public;
}
