/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_core.h"
#include "unique_policy_settings.h"

#include <connections.h>
#include <daemon.h>
#include <collections/hashtable.h>
#include <plugins/plugin_feature.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How many connections a warning names.
 */
#define NAMES_MAX 5

typedef struct private_unique_policy_core_t private_unique_policy_core_t;

struct private_unique_policy_core_t {
	unique_policy_core_t public;
	/** names of the connections */
	hashtable_t *names;
	/** whether all that are loaded are charon's, and when that was looked at,
	 * monotonic seconds */
	bool all;
	time_t looked;
	/** guards these */
	mutex_t *mutex;
};

static bool is_cores(peer_cfg_t *cfg)
{
	unique_policy_t policy = cfg->get_unique_policy(cfg);

	return policy == UNIQUE_REPLACE || policy == UNIQUE_KEEP;
}

bool unique_policy_is_cores(ike_sa_t *ike_sa)
{
	peer_cfg_t *cfg = ike_sa->get_peer_cfg(ike_sa);

	return cfg && is_cores(cfg);
}

/**
 * What to change: in ipsec.conf the option is another, and at its default all
 * connections are charon's.
 */
static const char *get_advice()
{
	if (lib->plugins->has_feature(lib->plugins,
								  PLUGIN_PROVIDE(CUSTOM, "stroke")))
	{
		return "unique = never there, or uniqueids = never under config setup "
			   "if it is of ipsec.conf";
	}
	return "unique = never there";
}

METHOD(unique_policy_core_t, note, void,
	private_unique_policy_core_t *this, peer_cfg_t *cfg)
{
	char *name = cfg->get_name(cfg), *known, *removed = NULL;
	bool cores = is_cores(cfg);

	this->mutex->lock(this->mutex);
	known = this->names->get(this->names, name);
	if (cores && !known)
	{
		name = strdup(name);
		this->names->put(this->names, name, name);
	}
	else if (!cores && known)
	{
		removed = this->names->remove(this->names, name);
	}
	this->mutex->unlock(this->mutex);
	free(removed);
	if (cores && !known)
	{
		DBG1(DBG_CFG, "unique-policy: connection '%s' has unique = %s, which "
			 "charon enforces before unique-policy is asked; set %s",
			 cfg->get_name(cfg),
			 unique_policy_modes[cfg->get_unique_policy(cfg)], get_advice());
	}
}

/**
 * Job: look at all connections that may be used with IKEv2.
 */
static job_requeue_t look_job(private_unique_policy_core_t *this)
{
	enumerator_t *enumerator;
	peer_cfg_t *cfg;
	bool found = FALSE, all = TRUE;

	enumerator = connections_create_enumerator();
	while (all && enumerator->enumerate(enumerator, &cfg))
	{
		if (cfg->get_ike_version(cfg) != IKEV1)
		{
			found = TRUE;
			all = is_cores(cfg);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->lock(this->mutex);
	this->all = found && all;
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

METHOD(unique_policy_core_t, look, void,
	private_unique_policy_core_t *this)
{
	time_t now = time_monotonic(NULL);
	bool due;

	this->mutex->lock(this->mutex);
	due = now != this->looked;
	this->looked = now;
	this->mutex->unlock(this->mutex);
	if (due)
	{
		/* before the peer's next message */
		lib->processor->queue_job(lib->processor, (job_t*)
				callback_job_create_with_prio((callback_job_cb_t)look_job, this,
											  NULL, NULL, JOB_PRIO_HIGH));
	}
}

METHOD(unique_policy_core_t, has_all, bool,
	private_unique_policy_core_t *this)
{
	bool all;

	this->mutex->lock(this->mutex);
	all = this->all;
	this->mutex->unlock(this->mutex);
	return all;
}

METHOD(unique_policy_core_t, warn, void,
	private_unique_policy_core_t *this, control_out_t *out)
{
	enumerator_t *enumerator;
	char *name, list[BUF_LEN] = "";
	int len = 0, count = 0;

	this->mutex->lock(this->mutex);
	enumerator = this->names->create_enumerator(this->names);
	while (len < sizeof(list) && count <= NAMES_MAX &&
		   enumerator->enumerate(enumerator, NULL, &name))
	{
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
						len ? ", " : "", count++ < NAMES_MAX ? name : "...");
		len = min(len, sizeof(list));
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	if (count)
	{
		out->begin_list(out, "warnings");
		out->item(out, "charon decides about duplicates on %s; set %s", list,
				  get_advice());
		out->end_list(out);
	}
}

METHOD(unique_policy_core_t, reset, void,
	private_unique_policy_core_t *this)
{
	enumerator_t *enumerator;
	char *name;

	this->mutex->lock(this->mutex);
	enumerator = this->names->create_enumerator(this->names);
	while (enumerator->enumerate(enumerator, NULL, &name))
	{
		this->names->remove_at(this->names, enumerator);
		free(name);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(unique_policy_core_t, destroy, void,
	private_unique_policy_core_t *this)
{
	reset(this);
	this->names->destroy(this->names);
	this->mutex->destroy(this->mutex);
	free(this);
}

unique_policy_core_t *unique_policy_core_create()
{
	private_unique_policy_core_t *this;

	INIT(this,
		.public = {
			.note = _note,
			.look = _look,
			.has_all = _has_all,
			.warn = _warn,
			.reset = _reset,
			.destroy = _destroy,
		},
		.names = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
