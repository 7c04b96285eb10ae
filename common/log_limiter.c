/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "log_limiter.h"

#include <collections/hashtable.h>

typedef struct private_log_limiter_t private_log_limiter_t;
typedef struct entry_t entry_t;

struct private_log_limiter_t {
	log_limiter_t public;
	hashtable_t *entries;
};

/**
 * A key that was passed.
 */
struct entry_t {
	char *key;
	time_t last;
	u_int missed;
};

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void entry_destroy(void *entry, const void *key)
{
	free(((entry_t*)entry)->key);
	free(entry);
}

/**
 * Create a table without keys.
 */
static hashtable_t *create_entries()
{
	return hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

METHOD(log_limiter_t, pass, bool,
	private_log_limiter_t *this, const char *key, time_t now, u_int *missed)
{
	entry_t *entry = this->entries->get(this->entries, key);

	if (entry && now < entry->last + LOG_LIMITER_INTERVAL)
	{
		entry->missed++;
		return FALSE;
	}
	if (!entry)
	{
		if (this->entries->get_count(this->entries) >= LOG_LIMITER_KEYS)
		{
			this->entries->destroy_function(this->entries, entry_destroy);
			this->entries = create_entries();
		}
		INIT(entry,
			.key = strdup(key),
		);
		this->entries->put(this->entries, entry->key, entry);
	}
	*missed = entry->missed;
	entry->missed = 0;
	entry->last = now;
	return TRUE;
}

METHOD(log_limiter_t, destroy, void,
	private_log_limiter_t *this)
{
	this->entries->destroy_function(this->entries, entry_destroy);
	free(this);
}

char *log_limiter_more(char buf[LOG_LIMITER_MORE], u_int missed,
					   const char *what)
{
	*buf = '\0';
	if (missed)
	{
		snprintf(buf, LOG_LIMITER_MORE,
				 " (and %u more%s%s since the last such line)", missed,
				 *what ? " " : "", what);
	}
	return buf;
}

log_limiter_t *log_limiter_create(void)
{
	private_log_limiter_t *this;

	INIT(this,
		.public = {
			.pass = _pass,
			.destroy = _destroy,
		},
		.entries = create_entries(),
	);
	return &this->public;
}
