/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "connections.h"

#include <collections/hashtable.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How often to look, in ms.
 */
#define LOOK_INTERVAL 1000

typedef struct private_connection_watch_t private_connection_watch_t;

struct private_connection_watch_t {
	connection_watch_t public;
	/** what is wrong with a connection */
	char *(*check)(void *data, peer_cfg_t *cfg);
	void *data;
	/** Lines that were logged, found_t, by names of connections. Locked by
	 * mutex. */
	hashtable_t *logged;
	/** lock for logged */
	mutex_t *mutex;
};

/**
 * A connection that something is wrong with.
 */
typedef struct {
	char *name;
	char *line;
} found_t;

/**
 * Destroy a found_t.
 */
static void found_destroy(found_t *found)
{
	if (found)
	{
		free(found->name);
		free(found->line);
		free(found);
	}
}

CALLBACK(destroy_entry, void,
	found_t *found, const void *key)
{
	found_destroy(found);
}

/**
 * Create a table of found_t.
 */
static hashtable_t *create_table(void)
{
	return hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

/**
 * Find connections that something is wrong with.
 */
static hashtable_t *find(private_connection_watch_t *this)
{
	enumerator_t *enumerator;
	hashtable_t *all = create_table();
	peer_cfg_t *cfg;
	found_t *found;
	char *line;

	enumerator = connections_create_enumerator();
	while (enumerator->enumerate(enumerator, &cfg))
	{
		line = this->check(this->data, cfg);
		if (line)
		{
			INIT(found,
				.name = strdup(cfg->get_name(cfg)),
				.line = line,
			);
			found_destroy(all->put(all, found->name, found));
		}
	}
	enumerator->destroy(enumerator);
	return all;
}

CALLBACK(look, job_requeue_t,
	private_connection_watch_t *this)
{
	hashtable_t *all, *before;
	enumerator_t *enumerator;
	found_t *found, *known;

	all = find(this);
	this->mutex->lock(this->mutex);
	before = this->logged;
	this->logged = all;
	this->mutex->unlock(this->mutex);

	/* nobody else replaces it, so it stays */
	enumerator = all->create_enumerator(all);
	while (enumerator->enumerate(enumerator, NULL, &found))
	{
		known = before->get(before, found->name);
		if (!known || !streq(known->line, found->line))
		{
			DBG1(DBG_CFG, "%s", found->line);
		}
	}
	enumerator->destroy(enumerator);
	before->destroy_function(before, destroy_entry);
	return JOB_RESCHEDULE_MS(LOOK_INTERVAL);
}

METHOD(connection_watch_t, count, u_int,
	private_connection_watch_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->logged->get_count(this->logged);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(connection_watch_t, destroy, void,
	private_connection_watch_t *this)
{
	this->logged->destroy_function(this->logged, destroy_entry);
	this->mutex->destroy(this->mutex);
	free(this);
}

connection_watch_t *connection_watch_create(
								char *(*check)(void *data, peer_cfg_t *cfg),
								void *data)
{
	private_connection_watch_t *this;

	INIT(this,
		.public = {
			.count = _count,
			.destroy = _destroy,
		},
		.check = check,
		.data = data,
		.logged = create_table(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create(look, this, NULL, NULL));
	return &this->public;
}

enumerator_t *connections_create_enumerator(void)
{
	return charon->backends->create_peer_cfg_enumerator(charon->backends, NULL,
													NULL, NULL, NULL, IKE_ANY);
}

bool connection_has_pool(peer_cfg_t *cfg)
{
	enumerator_t *enumerator;
	char *pool;
	bool found;

	enumerator = cfg->create_pool_enumerator(cfg);
	found = enumerator->enumerate(enumerator, &pool);
	enumerator->destroy(enumerator);
	return found;
}
