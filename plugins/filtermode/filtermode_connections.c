/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_connections.h"
#include "filtermode_verdict.h"

#include <collections/hashtable.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How often to look, in ms: nothing tells when connections are loaded.
 */
#define LOOK_INTERVAL 1000

typedef struct private_filtermode_connections_t
											private_filtermode_connections_t;

/**
 * Private data of a filtermode_connections_t object.
 */
struct private_filtermode_connections_t {

	/**
	 * Public interface.
	 */
	filtermode_connections_t public;

	/**
	 * Has the settings.
	 */
	filtermode_manager_t *manager;

	/**
	 * Names of connections that were warned about, by themselves. Locked by
	 * mutex.
	 */
	hashtable_t *warned;

	/**
	 * Lock for warned.
	 */
	mutex_t *mutex;
};

CALLBACK(free_name, void,
	char *name, const void *key)
{
	free(name);
}

/**
 * Destroy a table of names.
 */
static void destroy_names(hashtable_t *names)
{
	names->destroy_function(names, free_name);
}

/**
 * Does a connection assign virtual IPs?
 */
static bool has_pool(peer_cfg_t *cfg)
{
	enumerator_t *enumerator;
	char *pool;
	bool found;

	enumerator = cfg->create_pool_enumerator(cfg);
	found = enumerator->enumerate(enumerator, &pool);
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Does a connection have an interface ID in a direction, in one way or another?
 */
static bool has_if_id(peer_cfg_t *cfg, child_cfg_t *child, bool inbound)
{
	return cfg->get_if_id(cfg, inbound) || child->get_if_id(child, inbound);
}

/**
 * Will a CHILD_SA of a connection be blocked?
 */
static bool is_blocked(private_filtermode_connections_t *this,
					   filtermode_settings_t *settings, peer_cfg_t *cfg)
{
	enumerator_t *enumerator;
	child_cfg_t *child;
	filtermode_child_t described;
	bool blocked = FALSE;

	enumerator = cfg->create_child_cfg_enumerator(cfg);
	while (!blocked && enumerator->enumerate(enumerator, &child))
	{
		described = (filtermode_child_t){
			.connection = cfg->get_name(cfg),
			.transport = child->get_mode(child) == MODE_TRANSPORT,
			.if_id = has_if_id(cfg, child, TRUE) &&
					 has_if_id(cfg, child, FALSE),
			.mark = child->get_mark(child, TRUE).value ||
					child->get_mark(child, FALSE).value,
			.userspace = this->manager->is_userspace(this->manager),
		};
		blocked = filtermode_verdict(settings,
									 &described) == FILTERMODE_BLOCKED;
	}
	enumerator->destroy(enumerator);
	return blocked;
}

/**
 * Find connections that assign virtual IPs in vain.
 *
 * @return			their names, by themselves
 */
static hashtable_t *find(private_filtermode_connections_t *this)
{
	filtermode_settings_t *settings;
	enumerator_t *enumerator;
	hashtable_t *found;
	peer_cfg_t *cfg;
	char *name;

	found = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	settings = this->manager->get_settings(this->manager);
	if (settings->mode == FILTERMODE_INTERFACES)
	{
		enumerator = charon->backends->create_peer_cfg_enumerator(
						charon->backends, NULL, NULL, NULL, NULL, IKE_ANY);
		while (enumerator->enumerate(enumerator, &cfg))
		{
			if (has_pool(cfg) && is_blocked(this, settings, cfg))
			{
				name = strdup(cfg->get_name(cfg));
				free(found->put(found, name, name));
			}
		}
		enumerator->destroy(enumerator);
	}
	options_unref(settings);
	return found;
}

CALLBACK(look, job_requeue_t,
	private_filtermode_connections_t *this)
{
	hashtable_t *found, *before;
	enumerator_t *enumerator;
	char *name;

	found = find(this);
	this->mutex->lock(this->mutex);
	before = this->warned;
	this->warned = found;
	this->mutex->unlock(this->mutex);

	/* nobody else replaces it, so it stays */
	enumerator = found->create_enumerator(found);
	while (enumerator->enumerate(enumerator, NULL, &name))
	{
		if (!before->get(before, name))
		{
			DBG1(DBG_CFG, "filtermode: connection '%s' assigns virtual IPs, "
				 "but what its clients send will be blocked: mode = "
				 "interfaces, and it has no interface; add the connection to "
				 "filtermode.allow, or set its if_id_in and if_id_out", name);
		}
	}
	enumerator->destroy(enumerator);
	destroy_names(before);
	return JOB_RESCHEDULE_MS(LOOK_INTERVAL);
}

METHOD(filtermode_connections_t, count, u_int,
	private_filtermode_connections_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->warned->get_count(this->warned);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(filtermode_connections_t, destroy, void,
	private_filtermode_connections_t *this)
{
	destroy_names(this->warned);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
filtermode_connections_t *filtermode_connections_create(
											filtermode_manager_t *manager)
{
	private_filtermode_connections_t *this;

	INIT(this,
		.public = {
			.count = _count,
			.destroy = _destroy,
		},
		.manager = manager,
		.warned = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create(look, this, NULL, NULL));
	return &this->public;
}
