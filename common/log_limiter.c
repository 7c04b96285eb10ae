/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "log_limiter.h"

#include <collections/hashtable.h>
#include <threading/mutex.h>

typedef struct private_log_limiter_t private_log_limiter_t;
typedef struct entry_t entry_t;

struct private_log_limiter_t {
	log_limiter_t public;
	/** entry_t by key, and its lock, under which nothing is called */
	hashtable_t *entries;
	mutex_t *mutex;
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

/**
 * As pass(), locked.
 */
static bool pass_locked(private_log_limiter_t *this, const char *key,
						time_t now, u_int *missed)
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

METHOD(log_limiter_t, pass, bool,
	private_log_limiter_t *this, const char *key, time_t now, u_int *missed)
{
	bool passed;

	this->mutex->lock(this->mutex);
	passed = pass_locked(this, key, now, missed);
	this->mutex->unlock(this->mutex);
	return passed;
}

METHOD(log_limiter_t, destroy, void,
	private_log_limiter_t *this)
{
	this->mutex->destroy(this->mutex);
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

bool log_limiter_pass(log_limiter_t *this, char more[LOG_LIMITER_MORE],
					  const char *what, const char *fmt, ...)
{
	u_int missed = 0;
	bool passed;
	va_list args;
	char *key;

	va_start(args, fmt);
	if (vasprintf(&key, fmt, args) < 0)
	{
		key = strdup("");
	}
	va_end(args);
	passed = this->pass(this, key, time_monotonic(NULL), &missed);
	free(key);
	log_limiter_more(more, missed, what);
	return passed;
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
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
