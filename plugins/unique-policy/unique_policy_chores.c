/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_chores.h"

#include <collections/hashtable.h>
#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

typedef struct private_unique_policy_chores_t private_unique_policy_chores_t;
typedef struct chore_t chore_t;

struct private_unique_policy_chores_t {
	unique_policy_chores_t public;
	/** unique_id => first chore_t */
	hashtable_t *chores;
	/** guards these; taken by bus hooks, so only held for lookups */
	mutex_t *mutex;
	/** one was done */
	condvar_t *done;
};

/**
 * The table has a reference until it is done, and so has its job.
 */
struct chore_t {
	private_unique_policy_chores_t *owner;
	/** the next one for the same IKE_SA */
	chore_t *next;
	uint32_t unique_id;
	unique_policy_chore_t who;
	/** whether a thread does it */
	bool taken;
	void (*cb)(void *data);
	void *data;
	void (*cleanup)(void *data);
	refcount_t refs;
};

static const void *id_key(uint32_t unique_id)
{
	return (const void*)(uintptr_t)unique_id;
}

static void chore_unref(chore_t *chore)
{
	if (ref_put(&chore->refs))
	{
		chore->cleanup(chore->data);
		free(chore);
	}
}

/**
 * Find what is to be done for an IKE_SA. The caller holds the mutex.
 */
static chore_t *find(private_unique_policy_chores_t *this, uint32_t unique_id)
{
	return this->chores->get(this->chores, id_key(unique_id));
}

/**
 * Take what is done off the table. The caller holds the mutex.
 */
static void remove_chore(private_unique_policy_chores_t *this, chore_t *chore)
{
	chore_t *first = find(this, chore->unique_id), **link = &first;

	while (*link != chore)
	{
		link = &(*link)->next;
	}
	*link = chore->next;
	if (first)
	{
		this->chores->put(this->chores, id_key(chore->unique_id), first);
	}
	else
	{
		this->chores->remove(this->chores, id_key(chore->unique_id));
	}
}

/**
 * Do what this thread has taken.
 */
static void run(chore_t *chore)
{
	private_unique_policy_chores_t *this = chore->owner;

	chore->cb(chore->data);
	this->mutex->lock(this->mutex);
	remove_chore(this, chore);
	this->done->broadcast(this->done);
	this->mutex->unlock(this->mutex);
	chore_unref(chore);
}

/**
 * Job: do it, if no other thread does or did.
 */
static job_requeue_t run_job(chore_t *chore)
{
	private_unique_policy_chores_t *this = chore->owner;
	bool taken;

	this->mutex->lock(this->mutex);
	taken = chore->taken;
	chore->taken = TRUE;
	this->mutex->unlock(this->mutex);
	if (!taken)
	{
		run(chore);
	}
	return JOB_REQUEUE_NONE;
}

METHOD(unique_policy_chores_t, add, void,
	private_unique_policy_chores_t *this, uint32_t unique_id,
	unique_policy_chore_t who, void (*cb)(void *data), void *data,
	void (*cleanup)(void *data))
{
	chore_t *chore;

	INIT(chore,
		.owner = this,
		.unique_id = unique_id,
		.who = who,
		.cb = cb,
		.data = data,
		.cleanup = cleanup,
		.refs = 2,
	);
	this->mutex->lock(this->mutex);
	chore->next = this->chores->put(this->chores, id_key(unique_id), chore);
	this->mutex->unlock(this->mutex);
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create((callback_job_cb_t)run_job, chore,
							(callback_job_cleanup_t)chore_unref, NULL));
}

/**
 * Take something that this thread may do. The caller holds the mutex.
 */
static chore_t *take(private_unique_policy_chores_t *this, uint32_t unique_id)
{
	chore_t *chore;

	for (chore = find(this, unique_id); chore; chore = chore->next)
	{
		if (!chore->taken && chore->who == UNIQUE_POLICY_CHORE_ANYBODY)
		{
			chore->taken = TRUE;
			return chore;
		}
	}
	return NULL;
}

METHOD(unique_policy_chores_t, finish, bool,
	private_unique_policy_chores_t *this, uint32_t unique_id)
{
	chore_t *chore;
	timeval_t until;
	bool any, late = FALSE;

	time_monotonic(&until);
	timeval_add_ms(&until, UNIQUE_POLICY_CHORES_WAIT);

	this->mutex->lock(this->mutex);
	any = find(this, unique_id) != NULL;
	while ((chore = take(this, unique_id)))
	{
		this->mutex->unlock(this->mutex);
		run(chore);
		this->mutex->lock(this->mutex);
	}
	while (find(this, unique_id) && !late)
	{
		late = this->done->timed_wait_abs(this->done, this->mutex, until);
	}
	this->mutex->unlock(this->mutex);
	return any && !late;
}

METHOD(unique_policy_chores_t, pending, bool,
	private_unique_policy_chores_t *this, uint32_t unique_id)
{
	bool pending;

	this->mutex->lock(this->mutex);
	pending = find(this, unique_id) != NULL;
	this->mutex->unlock(this->mutex);
	return pending;
}

/**
 * Destroy chores whose job was never run, callback of
 * hashtable_t.destroy_function().
 */
static void destroy_all(void *value, const void *key)
{
	chore_t *chore = value, *next;

	for (; chore; chore = next)
	{
		next = chore->next;
		chore_unref(chore);
	}
}

METHOD(unique_policy_chores_t, destroy, void,
	private_unique_policy_chores_t *this)
{
	this->chores->destroy_function(this->chores, destroy_all);
	this->done->destroy(this->done);
	this->mutex->destroy(this->mutex);
	free(this);
}

unique_policy_chores_t *unique_policy_chores_create()
{
	private_unique_policy_chores_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.finish = _finish,
			.pending = _pending,
			.destroy = _destroy,
		},
		.chores = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.done = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	return &this->public;
}
