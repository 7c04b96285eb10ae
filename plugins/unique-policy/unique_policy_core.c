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

/**
 * What to do about peers that pick the identity that counts.
 */
#define OUTER_ADVICE "have the RADIUS server refuse logins whose inner one " \
					 "differs"

typedef struct private_unique_policy_core_t private_unique_policy_core_t;

/**
 * What is noted about connections.
 */
enum {
	/** charon decides about them */
	NOTED_CORES,
	/** the identity that counts is one that the peer picks */
	NOTED_OUTER,
	NOTED_MAX,
};

struct private_unique_policy_core_t {
	unique_policy_core_t public;
	/** names of the connections that something is noted about */
	hashtable_t *names[NOTED_MAX];
	/** whether all that are loaded are charon's, and when that was looked at,
	 * monotonic seconds */
	bool all;
	time_t looked;
	/** guards these */
	mutex_t *mutex;
};

bool unique_policy_core_has(peer_cfg_t *cfg)
{
	unique_policy_t policy = cfg->get_unique_policy(cfg);

	return policy == UNIQUE_REPLACE || policy == UNIQUE_KEEP;
}

bool unique_policy_is_cores(ike_sa_t *ike_sa)
{
	peer_cfg_t *cfg = ike_sa->get_peer_cfg(ike_sa);

	return cfg && unique_policy_core_has(cfg);
}

const char *unique_policy_core_advice()
{	/* in ipsec.conf the option is another, and at its default all connections
	 * are charon's */
	if (lib->plugins->has_feature(lib->plugins,
								  PLUGIN_PROVIDE(CUSTOM, "stroke")))
	{
		return "unique = never there, or uniqueids = never under config setup "
			   "if it is of ipsec.conf";
	}
	return "unique = never there";
}

/**
 * Note whether something is so for a connection, returns TRUE if it was not.
 */
static bool note_name(private_unique_policy_core_t *this, int what, char *name,
					  bool is)
{
	hashtable_t *names = this->names[what];
	char *known, *removed = NULL;

	this->mutex->lock(this->mutex);
	known = names->get(names, name);
	if (is && !known)
	{
		name = strdup(name);
		names->put(names, name, name);
	}
	else if (!is && known)
	{
		removed = names->remove(names, name);
	}
	this->mutex->unlock(this->mutex);
	free(removed);
	return is && !known;
}

METHOD(unique_policy_core_t, note, void,
	private_unique_policy_core_t *this, peer_cfg_t *cfg)
{
	if (note_name(this, NOTED_CORES, cfg->get_name(cfg),
				  unique_policy_core_has(cfg)))
	{
		DBG1(DBG_CFG, "unique-policy: connection '%s' has unique = %s, which "
			 "charon enforces before unique-policy is asked; set %s",
			 cfg->get_name(cfg),
			 unique_policy_modes[cfg->get_unique_policy(cfg)],
			 unique_policy_core_advice());
	}
}

/**
 * Does a RADIUS server, for a connection, authenticate clients with EAP?
 */
static bool asks_radius(peer_cfg_t *peer_cfg)
{
	enumerator_t *enumerator;
	auth_cfg_t *cfg;
	bool radius = FALSE;

	enumerator = peer_cfg->create_auth_cfg_enumerator(peer_cfg, FALSE);
	while (!radius && enumerator->enumerate(enumerator, &cfg))
	{
		radius = (uintptr_t)cfg->get(cfg, AUTH_RULE_EAP_TYPE) == EAP_RADIUS;
	}
	enumerator->destroy(enumerator);
	return radius;
}

METHOD(unique_policy_core_t, note_method, void,
	private_unique_policy_core_t *this, ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	auth_cfg_t *cfg;
	eap_type_t type, tunnel = 0;

	if (!ike_sa->has_condition(ike_sa, COND_EAP_AUTHENTICATED))
	{
		return;
	}
	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &cfg))
	{
		type = (uintptr_t)cfg->get(cfg, AUTH_RULE_EAP_TYPE);
		if (type == EAP_TTLS || type == EAP_PEAP)
		{
			tunnel = type;
		}
	}
	enumerator->destroy(enumerator);
	if (tunnel && asks_radius(ike_sa->get_peer_cfg(ike_sa)) &&
		note_name(this, NOTED_OUTER, ike_sa->get_name(ike_sa), TRUE))
	{
		DBG1(DBG_CFG, "unique-policy: connection '%s' is used with %N, of "
			 "which the outer identity counts; " OUTER_ADVICE,
			 ike_sa->get_name(ike_sa), eap_type_names, tunnel);
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
			all = unique_policy_core_has(cfg);
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

/**
 * List the connections that something is noted about. Returns their number, as
 * far as they are named, and one more.
 */
static int list_names(private_unique_policy_core_t *this, int what,
					  char list[BUF_LEN])
{
	enumerator_t *enumerator;
	char *name;
	int len = 0, count = 0;

	this->mutex->lock(this->mutex);
	enumerator = this->names[what]->create_enumerator(this->names[what]);
	while (len < BUF_LEN && count <= NAMES_MAX &&
		   enumerator->enumerate(enumerator, NULL, &name))
	{
		len += snprintf(list + len, BUF_LEN - len, "%s%s", len ? ", " : "",
						count++ < NAMES_MAX ? name : "...");
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(unique_policy_core_t, warn, void,
	private_unique_policy_core_t *this, control_out_t *out)
{
	char cores[BUF_LEN], outer[BUF_LEN];
	int count, tunnels;

	count = list_names(this, NOTED_CORES, cores);
	tunnels = list_names(this, NOTED_OUTER, outer);
	if (count || tunnels)
	{
		out->begin_list(out, "warnings");
		if (count)
		{
			out->item(out, "charon decides about duplicates on %s; set %s",
					  cores, unique_policy_core_advice());
		}
		if (tunnels)
		{
			out->item(out, "clients pick the identity that counts on %s; "
					  OUTER_ADVICE, outer);
		}
		out->end_list(out);
	}
}

METHOD(unique_policy_core_t, reset, void,
	private_unique_policy_core_t *this)
{
	enumerator_t *enumerator;
	char *name;
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; i < NOTED_MAX; i++)
	{
		enumerator = this->names[i]->create_enumerator(this->names[i]);
		while (enumerator->enumerate(enumerator, NULL, &name))
		{
			this->names[i]->remove_at(this->names[i], enumerator);
			free(name);
		}
		enumerator->destroy(enumerator);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(unique_policy_core_t, destroy, void,
	private_unique_policy_core_t *this)
{
	int i;

	reset(this);
	for (i = 0; i < NOTED_MAX; i++)
	{
		this->names[i]->destroy(this->names[i]);
	}
	this->mutex->destroy(this->mutex);
	free(this);
}

unique_policy_core_t *unique_policy_core_create()
{
	private_unique_policy_core_t *this;
	int i;

	INIT(this,
		.public = {
			.note = _note,
			.note_method = _note_method,
			.look = _look,
			.has_all = _has_all,
			.warn = _warn,
			.reset = _reset,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	for (i = 0; i < NOTED_MAX; i++)
	{
		this->names[i] = hashtable_create(hashtable_hash_str,
										  hashtable_equals_str, 8);
	}
	return &this->public;
}
