/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_users.h"

#include <collections/array.h>
#include <ike_sa_table.h>
#include <threading/mutex.h>

typedef struct private_strict_bind_users_t private_strict_bind_users_t;
typedef struct user_t user_t;
typedef struct used_t used_t;

struct private_strict_bind_users_t {
	strict_bind_users_t public;
	/** guards what follows */
	mutex_t *mutex;
	/** user_t, by id */
	hashtable_t *users;
	/** used_t, by host */
	hashtable_t *used;
	/** number of users that try addresses */
	u_int trying;
	bool changed;
};

/**
 * An IKE_SA.
 */
struct user_t {
	uint32_t id;
	/** its address, NULL if there is none */
	used_t *current;
	/** used_t*, those it tries, NULL if there are none */
	array_t *tried;
	/** when it tried the last one, in seconds */
	time_t last;
};

/**
 * An address.
 */
struct used_t {
	host_t *host;
	/** number of references by users */
	u_int count;
};

u_int strict_bind_hash(chunk_t address)
{
	u_int hash = 0;

	for (; address.len; address = chunk_skip(address, sizeof(uint32_t)))
	{
		/* those in a row get places in a row */
		hash = hash * 33 + untoh32(address.ptr);
	}
	return hash;
}

u_int strict_bind_host_hash(const void *host)
{
	return strict_bind_hash(((host_t*)host)->get_address((host_t*)host));
}

bool strict_bind_host_equals(const void *a, const void *b)
{
	return ((host_t*)a)->ip_equals((host_t*)a, (host_t*)b);
}

/**
 * Get a reference to an address.
 */
static used_t *get_used(private_strict_bind_users_t *this, host_t *host)
{
	used_t *used = this->used->get(this->used, host);

	if (!used)
	{
		INIT(used,
			.host = host->clone(host),
		);
		this->used->put(this->used, used->host, used);
		this->changed = TRUE;
	}
	used->count++;
	return used;
}

/**
 * Release a reference to an address.
 */
static void put_used(private_strict_bind_users_t *this, used_t *used)
{
	if (used && --used->count == 0)
	{
		this->used->remove(this->used, used->host);
		used->host->destroy(used->host);
		free(used);
		this->changed = TRUE;
	}
}

/**
 * Get an IKE_SA, which is added if it isn't there.
 */
static user_t *get_user(private_strict_bind_users_t *this, uint32_t id)
{
	user_t *user = ike_sa_table_get(this->users, id);

	if (!user)
	{
		INIT(user,
			.id = id,
		);
		ike_sa_table_put(this->users, id, user);
	}
	return user;
}

/**
 * Forget what an IKE_SA tries.
 */
static void forget_tried(private_strict_bind_users_t *this, user_t *user)
{
	used_t *used;

	if (user->tried)
	{
		while (array_remove(user->tried, ARRAY_TAIL, &used))
		{
			put_used(this, used);
		}
		array_destroy(user->tried);
		user->tried = NULL;
		this->trying--;
	}
}

METHOD(strict_bind_users_t, use, void,
	private_strict_bind_users_t *this, uint32_t id, host_t *host)
{
	user_t *user;
	used_t *before;

	this->mutex->lock(this->mutex);
	user = get_user(this, id);
	before = user->current;
	user->current = get_used(this, host);
	put_used(this, before);
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_users_t, uses, bool,
	private_strict_bind_users_t *this, uint32_t id, host_t *host)
{
	user_t *user;
	bool uses;

	this->mutex->lock(this->mutex);
	user = ike_sa_table_get(this->users, id);
	uses = user && user->current &&
		   host->ip_equals(host, user->current->host);
	this->mutex->unlock(this->mutex);
	return uses;
}

METHOD(strict_bind_users_t, try_, void,
	private_strict_bind_users_t *this, uint32_t id, host_t *host, time_t now)
{
	user_t *user;
	used_t *used;
	bool known = FALSE;
	int i;

	this->mutex->lock(this->mutex);
	user = get_user(this, id);
	if (!user->tried)
	{
		user->tried = array_create(0, 0);
		this->trying++;
	}
	user->last = now;
	for (i = 0; i < array_count(user->tried) && !known; i++)
	{
		array_get(user->tried, i, &used);
		known = used->host->ip_equals(used->host, host);
	}
	if (!known)
	{
		array_insert(user->tried, ARRAY_TAIL, get_used(this, host));
	}
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_users_t, expire, void,
	private_strict_bind_users_t *this, time_t now)
{
	enumerator_t *enumerator;
	user_t *user;

	this->mutex->lock(this->mutex);
	if (this->trying)
	{
		enumerator = this->users->create_enumerator(this->users);
		while (enumerator->enumerate(enumerator, NULL, &user))
		{
			if (now - user->last >= STRICT_BIND_TRY_LIFETIME)
			{
				forget_tried(this, user);
			}
		}
		enumerator->destroy(enumerator);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_users_t, remove_, void,
	private_strict_bind_users_t *this, uint32_t id)
{
	user_t *user;

	this->mutex->lock(this->mutex);
	user = ike_sa_table_take(this->users, id);
	if (user)
	{
		forget_tried(this, user);
		put_used(this, user->current);
		free(user);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_users_t, changed, bool,
	private_strict_bind_users_t *this)
{
	bool changed;

	this->mutex->lock(this->mutex);
	changed = this->changed;
	this->mutex->unlock(this->mutex);
	return changed;
}

METHOD(strict_bind_users_t, list, void,
	private_strict_bind_users_t *this, void (*cb)(void *data, host_t *host),
	void *data)
{
	enumerator_t *enumerator;
	used_t *used;

	this->mutex->lock(this->mutex);
	this->changed = FALSE;
	enumerator = this->used->create_enumerator(this->used);
	while (enumerator->enumerate(enumerator, NULL, &used))
	{
		cb(data, used->host);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_users_t, destroy, void,
	private_strict_bind_users_t *this)
{
	enumerator_t *enumerator;
	user_t *user;

	enumerator = this->users->create_enumerator(this->users);
	while (enumerator->enumerate(enumerator, NULL, &user))
	{
		forget_tried(this, user);
		put_used(this, user->current);
		free(user);
	}
	enumerator->destroy(enumerator);
	this->users->destroy(this->users);
	this->used->destroy(this->used);
	this->mutex->destroy(this->mutex);
	free(this);
}

strict_bind_users_t *strict_bind_users_create(void)
{
	private_strict_bind_users_t *this;

	INIT(this,
		.public = {
			.use = _use,
			.uses = _uses,
			.try = _try_,
			.expire = _expire,
			.remove = _remove_,
			.changed = _changed,
			.list = _list,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.users = ike_sa_table_create(),
		.used = hashtable_create(strict_bind_host_hash,
								 strict_bind_host_equals, 8),
	);
	return &this->public;
}
