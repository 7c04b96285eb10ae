/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_guesses.h"

#include <collections/hashtable.h>

typedef struct private_auth_policy_guesses_t private_auth_policy_guesses_t;
typedef struct entry_t entry_t;
typedef struct order_t order_t;

/**
 * A key that has failed.
 */
struct entry_t {
	char *key;
	/** when it did, the latest of them in a ring; NULL while it is locked */
	time_t *times;
	/** number of these, and where the next one goes */
	u_int count;
	u_int pos;
	/** when its lock is over, 0 if it isn't locked */
	time_t ends;
	/** what is kept with the lock */
	void *data;
	/** neighbours in its order */
	entry_t *before;
	entry_t *after;
};

/**
 * Entries, the one that goes first in front.
 */
struct order_t {
	entry_t *first;
	entry_t *last;
};

struct private_auth_policy_guesses_t {
	auth_policy_guesses_t public;
	/** entry_t, by key */
	hashtable_t *entries;
	order_t counting;
	order_t locked;
	u_int max;
	u_int failures;
	uint64_t lost;
	void (*release)(void *data);
};

/**
 * Get the order an entry belongs in.
 */
static order_t *get_order(private_auth_policy_guesses_t *this, entry_t *entry)
{
	return entry->ends ? &this->locked : &this->counting;
}

static void append(private_auth_policy_guesses_t *this, entry_t *entry)
{
	order_t *order = get_order(this, entry);

	entry->before = order->last;
	entry->after = NULL;
	*(order->last ? &order->last->after : &order->first) = entry;
	order->last = entry;
}

static void take_out(private_auth_policy_guesses_t *this, entry_t *entry)
{
	order_t *order = get_order(this, entry);

	*(entry->before ? &entry->before->after : &order->first) = entry->after;
	*(entry->after ? &entry->after->before : &order->last) = entry->before;
}

/**
 * Remove an entry.
 *
 * @return				what was kept with its lock, NULL if there was none
 */
static void *remove_entry(private_auth_policy_guesses_t *this, entry_t *entry)
{
	void *data = entry->data;

	take_out(this, entry);
	this->entries->remove(this->entries, entry->key);
	free(entry->key);
	free(entry->times);
	free(entry);
	return data;
}

static void drop(private_auth_policy_guesses_t *this, entry_t *entry)
{
	void *data = remove_entry(this, entry);

	if (data)
	{
		this->release(data);
	}
}

/**
 * Get the entry of a key; if there is none, one is made, in the place of
 * another one if need be.
 */
static entry_t *get_entry(private_auth_policy_guesses_t *this, const char *key)
{
	entry_t *entry = this->entries->get(this->entries, key);

	if (entry)
	{
		return entry;
	}
	if (this->entries->get_count(this->entries) >= this->max)
	{
		drop(this, this->counting.first ?: this->locked.first);
		this->lost++;
	}
	INIT(entry,
		.key = strdup(key),
	);
	this->entries->put(this->entries, entry->key, entry);
	append(this, entry);
	return entry;
}

/**
 * Note when it failed.
 *
 * @return				whether this makes a lock
 */
static bool note(private_auth_policy_guesses_t *this, entry_t *entry,
				 time_t now, uint32_t within)
{
	if (!entry->times)
	{
		entry->times = calloc(this->failures, sizeof(time_t));
	}
	entry->times[entry->pos] = now;
	entry->pos = (entry->pos + 1) % this->failures;
	entry->count = min(entry->count + 1, this->failures);
	/* the oldest is where the next one goes */
	return entry->count == this->failures &&
		   now - entry->times[entry->pos] <= within;
}

METHOD(auth_policy_guesses_t, fail, void**,
	private_auth_policy_guesses_t *this, const char *key, time_t now,
	uint32_t within, uint32_t lasts)
{
	entry_t *entry = get_entry(this, key);
	bool locks;

	if (entry->ends > now)
	{
		return NULL;
	}
	take_out(this, entry);
	if (entry->data)
	{	/* over, but not taken yet */
		this->release(entry->data);
		entry->data = NULL;
	}
	locks = note(this, entry, now, within);
	entry->ends = locks ? now + lasts : 0;
	if (locks)
	{
		free(entry->times);
		entry->times = NULL;
		entry->count = entry->pos = 0;
	}
	append(this, entry);
	return locks ? &entry->data : NULL;
}

METHOD(auth_policy_guesses_t, forget, void,
	private_auth_policy_guesses_t *this, const char *key)
{
	entry_t *entry = this->entries->get(this->entries, key);

	if (entry && !entry->ends)
	{
		drop(this, entry);
	}
}

METHOD(auth_policy_guesses_t, find, void*,
	private_auth_policy_guesses_t *this, const char *key, time_t now)
{
	entry_t *entry = this->entries->get(this->entries, key);

	return entry && entry->ends > now ? entry->data : NULL;
}

METHOD(auth_policy_guesses_t, unlock, void*,
	private_auth_policy_guesses_t *this, const char *key, time_t now)
{
	entry_t *entry = this->entries->get(this->entries, key);

	return entry && entry->ends > now ? remove_entry(this, entry) : NULL;
}

METHOD(auth_policy_guesses_t, take_over, void*,
	private_auth_policy_guesses_t *this, time_t now)
{
	entry_t *entry;

	for (entry = this->locked.first; entry; entry = entry->after)
	{
		if (entry->ends <= now)
		{
			return remove_entry(this, entry);
		}
	}
	return NULL;
}

METHOD(auth_policy_guesses_t, get_next, time_t,
	private_auth_policy_guesses_t *this)
{
	entry_t *entry;
	time_t next = 0;

	for (entry = this->locked.first; entry; entry = entry->after)
	{
		next = next ? min(next, entry->ends) : entry->ends;
	}
	return next;
}

METHOD(auth_policy_guesses_t, list, void,
	private_auth_policy_guesses_t *this, time_t now, array_t *list)
{
	entry_t *entry;

	for (entry = this->locked.first; entry; entry = entry->after)
	{
		if (entry->ends > now)
		{
			array_insert(list, ARRAY_TAIL, entry->data);
		}
	}
}

METHOD(auth_policy_guesses_t, set_failures, void,
	private_auth_policy_guesses_t *this, u_int failures)
{
	while (this->counting.first)
	{
		drop(this, this->counting.first);
	}
	this->failures = failures;
}

METHOD(auth_policy_guesses_t, get_lost, uint64_t,
	private_auth_policy_guesses_t *this)
{
	return this->lost;
}

METHOD(auth_policy_guesses_t, destroy, void,
	private_auth_policy_guesses_t *this)
{
	while (this->counting.first || this->locked.first)
	{
		drop(this, this->counting.first ?: this->locked.first);
	}
	this->entries->destroy(this->entries);
	free(this);
}

/*
 * hashtable_hash_str() is keyed by a random number of each process, so peers
 * can't pick keys that are all in one place.
 */
auth_policy_guesses_t *auth_policy_guesses_create(u_int max, u_int failures,
												  void (*release)(void *data))
{
	private_auth_policy_guesses_t *this;

	INIT(this,
		.public = {
			.fail = _fail,
			.forget = _forget,
			.find = _find,
			.unlock = _unlock,
			.take_over = _take_over,
			.get_next = _get_next,
			.list = _list,
			.set_failures = _set_failures,
			.get_lost = _get_lost,
			.destroy = _destroy,
		},
		.entries = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									32),
		.max = max,
		.failures = failures,
		.release = release,
	);
	return &this->public;
}
