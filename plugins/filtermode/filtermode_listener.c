/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_listener.h"
#include "filtermode_events.h"
#include "filtermode_verdict.h"

#include <daemon.h>
#include <ike_sa_table.h>
#include <log_limiter.h>
#include <processing/jobs/delete_child_sa_job.h>

typedef struct private_filtermode_listener_t private_filtermode_listener_t;

struct private_filtermode_listener_t {
	filtermode_listener_t public;
	/** whom to tell */
	filtermode_manager_t *manager;
	/** CHILD_SAs as hooks know them, without delay. This and what follows is
	 * used in hooks only, which the bus calls one at a time. */
	filtermode_children_t *children;
	/** who IKE_SAs are with, by unique ID, as filtermode_peer_t: charon may
	 * forget it once they are up */
	hashtable_t *peers;
	/** limits lines that peers can cause */
	log_limiter_t *limiter;
	/** Number of CHILD_SAs that came up and are blocked, and of those that were
	 * refused. Also read elsewhere. */
	refcount_t blocked;
	refcount_t refused;
};

/**
 * Get the settings in force.
 */
static filtermode_settings_t *get_settings(private_filtermode_listener_t *this)
{
	options_store_t *store = this->manager->store;

	return store->get(store);
}

/**
 * Get who an IKE_SA is with.
 *
 * @return			a reference
 */
static filtermode_peer_t *get_peer(private_filtermode_listener_t *this,
								   ike_sa_t *ike_sa)
{
	filtermode_peer_t *peer;

	peer = ike_sa_table_get(this->peers, ike_sa->get_unique_id(ike_sa));
	return peer ? filtermode_peer_ref(peer) : filtermode_peer_create(ike_sa);
}

/**
 * Describe a CHILD_SA.
 *
 * @param mode		its mode
 * @return			its peer is a reference
 */
static filtermode_child_t describe(private_filtermode_listener_t *this,
								   ike_sa_t *ike_sa, child_sa_t *child_sa,
								   ipsec_mode_t mode)
{
	return (filtermode_child_t){
		.connection = ike_sa->get_name(ike_sa),
		.transport = mode == MODE_TRANSPORT,
		.if_id = child_sa->get_if_id(child_sa, TRUE) &&
				 child_sa->get_if_id(child_sa, FALSE),
		.mark = child_sa->get_mark(child_sa, TRUE).value ||
				child_sa->get_mark(child_sa, FALSE).value,
		.ipcomp = child_sa->get_ipcomp(child_sa) != IPCOMP_NONE,
		.userspace = this->manager->tun != NULL,
		.peer = get_peer(this, ike_sa),
	};
}

/**
 * Get the networks of a CHILD_SA that is installed.
 */
static uint64_t get_key(child_sa_t *child_sa)
{
	linked_list_t *local, *remote;
	uint64_t key;

	local = linked_list_create_from_enumerator(
						child_sa->create_ts_enumerator(child_sa, TRUE));
	remote = linked_list_create_from_enumerator(
						child_sa->create_ts_enumerator(child_sa, FALSE));
	key = filtermode_networks_key(local, remote);
	local->destroy(local);
	remote->destroy(remote);
	return key;
}

/**
 * A CHILD_SA is there, or with another IKE_SA.
 */
static void follow(private_filtermode_listener_t *this, ike_sa_t *ike_sa,
				   child_sa_t *child_sa)
{
	filtermode_queue_t *queue = this->manager->queue;
	uint32_t id = child_sa->get_unique_id(child_sa);
	filtermode_child_t child;

	child = describe(this, ike_sa, child_sa, child_sa->get_mode(child_sa));
	if (!child.if_id && !child.mark)
	{
		child.networks = get_key(child_sa);
		this->children->set(this->children, id,
							child_sa->get_reqid(child_sa), &child);
	}
	/* charon's own ends before a job has changed the sets */
	child.use = filtermode_reqid_create(child_sa);
	child.addresses = filtermode_addresses_create(ike_sa, child_sa);
	queue->child_up(queue, id, child_sa->get_reqid(child_sa), &child);
	queue->login_over(queue, ike_sa->get_unique_id(ike_sa));
	filtermode_peer_unref(child.peer);
	filtermode_reqid_unref(child.use);
	filtermode_addresses_unref(child.addresses);
}

METHOD(listener_t, child_state_change, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	child_sa_state_t state)
{
	filtermode_queue_t *queue = this->manager->queue;
	uint32_t id = child_sa->get_unique_id(child_sa);

	/* trap policies have no IKE_SA, and don't get in either state */
	if (state == CHILD_INSTALLED && ike_sa)
	{
		follow(this, ike_sa, child_sa);
	}
	else if (state == CHILD_DESTROYING)
	{
		queue->child_down(queue, id);
		this->children->remove(this->children, id);
	}
	return TRUE;
}

/**
 * Note who an IKE_SA is with.
 *
 * @param peer		adopted, NULL to forget it
 */
static void set_peer(private_filtermode_listener_t *this, ike_sa_t *ike_sa,
					 filtermode_peer_t *peer)
{
	uint32_t id = ike_sa->get_unique_id(ike_sa);

	filtermode_peer_unref(peer ? ike_sa_table_put(this->peers, id, peer)
							   : ike_sa_table_take(this->peers, id));
}

METHOD(listener_t, ike_updown, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	if (up)
	{
		set_peer(this, ike_sa, filtermode_peer_create(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_filtermode_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	filtermode_queue_t *queue = this->manager->queue;

	set_peer(this, new, get_peer(this, old));
	queue->login_moved(queue, old->get_unique_id(old),
					   new->get_unique_id(new));
	return TRUE;
}

METHOD(listener_t, assign_vips, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, bool assign)
{
	filtermode_queue_t *queue = this->manager->queue;
	filtermode_settings_t *settings = get_settings(this);
	filtermode_child_t child = {
		.connection = ike_sa->get_name(ike_sa),
	};

	if (!assign)
	{
		queue->login_over(queue, ike_sa->get_unique_id(ike_sa));
	}
	else if (settings->sets.count)
	{	/* if it has CHILD_SAs, too, as with IKEv1 these may have others */
		child.addresses = filtermode_addresses_create(ike_sa, NULL);
		if (array_count(child.addresses->elements[FILTERMODE_ADDRESSES]))
		{
			child.peer = get_peer(this, ike_sa);
			queue->login(queue, ike_sa->get_unique_id(ike_sa), &child);
			filtermode_peer_unref(child.peer);
		}
		filtermode_addresses_unref(child.addresses);
	}
	options_unref(settings);
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	filtermode_queue_t *queue = this->manager->queue;

	if (state == IKE_DESTROYING)
	{
		set_peer(this, ike_sa, NULL);
		queue->login_over(queue, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

/**
 * Has a CHILD_SA been reported, and is it still there?
 */
static bool is_followed(child_sa_t *child_sa)
{
	switch (child_sa->get_state(child_sa))
	{
		case CHILD_CREATED:
		case CHILD_ROUTED:
		case CHILD_INSTALLING:
		case CHILD_DESTROYING:
			return FALSE;
		default:
			return TRUE;
	}
}

METHOD(listener_t, children_migrate, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, ike_sa_id_t *new,
	uint32_t unique)
{
	enumerator_t *enumerator;
	child_sa_t *child_sa;

	if (!new)
	{	/* with IKEv1, those of an IKE_SA are that's which follows it: whoever
		 * that is with may be in other groups now */
		enumerator = ike_sa->create_child_sa_enumerator(ike_sa);
		while (enumerator->enumerate(enumerator, &child_sa))
		{
			if (is_followed(child_sa))
			{
				follow(this, ike_sa, child_sa);
			}
		}
		enumerator->destroy(enumerator);
	}
	return TRUE;
}

/**
 * Decide on a CHILD_SA.
 *
 * @param mode		its mode
 */
static filtermode_verdict_t decide(private_filtermode_listener_t *this,
								   filtermode_settings_t *settings,
								   ike_sa_t *ike_sa, child_sa_t *child_sa,
								   ipsec_mode_t mode)
{
	filtermode_child_t child = describe(this, ike_sa, child_sa, mode);
	filtermode_verdict_t verdict = filtermode_verdict(settings, &child);

	filtermode_peer_unref(child.peer);
	return verdict;
}

/**
 * May a line be logged on this CHILD_SA?
 *
 * @param what		kind of line
 * @param more		gets how many were left out
 */
static bool may_log(private_filtermode_listener_t *this, ike_sa_t *ike_sa,
					child_sa_t *child_sa, const char *what,
					char more[LOG_LIMITER_MORE])
{
	return log_limiter_pass(this->limiter, more, "times", "%s %s/%s", what,
							ike_sa->get_name(ike_sa),
							child_sa->get_name(child_sa));
}

/**
 * Warn about a CHILD_SA.
 */
static void warn(private_filtermode_listener_t *this, ike_sa_t *ike_sa,
				 child_sa_t *child_sa, const char *condition)
{
	char more[LOG_LIMITER_MORE];

	if (may_log(this, ike_sa, child_sa, "up", more))
	{
		DBG1(DBG_CHD, "filtermode: CHILD_SA %s{%u} of connection '%s' is "
			 "blocked%s: mode = interfaces, and it has no interface; add the "
			 "connection to filtermode.allow_connections to let it pass%s",
			 child_sa->get_name(child_sa), child_sa->get_unique_id(child_sa),
			 ike_sa->get_name(ike_sa), condition, more);
	}
}

/**
 * Warn about a CHILD_SA that only ESP in userspace blocks.
 */
static void warn_device(private_filtermode_listener_t *this, ike_sa_t *ike_sa,
						child_sa_t *child_sa)
{
	char more[LOG_LIMITER_MORE];

	if (may_log(this, ike_sa, child_sa, "device", more))
	{
		DBG1(DBG_CHD, "filtermode: CHILD_SA %s{%u} of connection '%s' is "
			 "blocked: mode = interfaces, and kernel-libipsec has one device "
			 "for all of them%s", child_sa->get_name(child_sa),
			 child_sa->get_unique_id(child_sa), ike_sa->get_name(ike_sa), more);
	}
}

METHOD(listener_t, child_updown, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	bool up)
{
	filtermode_settings_t *settings;
	uint32_t id = child_sa->get_unique_id(child_sa);

	if (!up)
	{
		return TRUE;
	}
	settings = get_settings(this);
	switch (decide(this, settings, ike_sa, child_sa,
				   child_sa->get_mode(child_sa)))
	{
		case FILTERMODE_BLOCKED:
			warn(this, ike_sa, child_sa, "");
			ref_get(&this->blocked);
			filtermode_tell_child("blocked", ike_sa, child_sa);
			if (settings->refuse_blocked)
			{	/* configured for transport mode, but the peer has a tunnel */
				lib->processor->queue_job(lib->processor, (job_t*)
										  delete_child_sa_job_create_id(id));
			}
			break;
		case FILTERMODE_BLOCKED_UNLESS_VTI:
			warn(this, ike_sa, child_sa, " unless a VTI has its marks");
			break;
		case FILTERMODE_BLOCKED_BY_DEVICE:
			warn_device(this, ike_sa, child_sa);
			ref_get(&this->blocked);
			filtermode_tell_child("blocked", ike_sa, child_sa);
			break;
		case FILTERMODE_PASSES:
			break;
	}
	options_unref(settings);
	return TRUE;
}

/**
 * Empty a list of traffic selectors.
 */
static void clear(linked_list_t *list)
{
	traffic_selector_t *ts;

	while (list->remove_last(list, (void**)&ts) == SUCCESS)
	{
		ts->destroy(ts);
	}
}

/**
 * Is a CHILD_SA that will be blocked to be refused? If it is to share a reqid
 * with one that is allowed, it would pass until the set is without that.
 *
 * @param reason	gets why
 */
static bool is_refused(private_filtermode_listener_t *this,
					   filtermode_settings_t *settings, linked_list_t *local,
					   linked_list_t *remote, char *reason, size_t len)
{
	const char *other;

	if (settings->refuse_blocked)
	{
		snprintf(reason, len, "mode = interfaces, refuse_blocked = yes, and it "
				 "has no interface");
		return TRUE;
	}
	other = this->children->find_allowed(this->children,
						filtermode_networks_key(local, remote), settings);
	if (other)
	{
		snprintf(reason, len, "mode = interfaces, and it has no interface but "
				 "the networks of connection '%s', which is allowed", other);
		return TRUE;
	}
	return FALSE;
}

METHOD(listener_t, narrow, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	narrow_hook_t type, linked_list_t *local, linked_list_t *remote)
{
	child_cfg_t *config = child_sa->get_config(child_sa);
	filtermode_settings_t *settings;
	char reason[BUF_LEN], more[64];

	switch (type)
	{
		case NARROW_RESPONDER:
		case NARROW_INITIATOR_POST_AUTH:
		case NARROW_INITIATOR_POST_NOAUTH:
			break;
		default:
			return TRUE;
	}
	settings = get_settings(this);
	/* which mode the peer wants can't be seen here */
	if (decide(this, settings, ike_sa, child_sa,
			   config->get_mode(config)) == FILTERMODE_BLOCKED &&
		is_refused(this, settings, local, remote, reason, sizeof(reason)))
	{
		if (may_log(this, ike_sa, child_sa, "narrow", more))
		{
			DBG1(DBG_CHD, "filtermode: refusing CHILD_SA %s of connection '%s':"
				 " %s; add the connection to filtermode.allow_connections to "
				 "let it pass%s",
				 child_sa->get_name(child_sa), ike_sa->get_name(ike_sa),
				 reason, more);
		}
		ref_get(&this->refused);
		filtermode_tell_child("refused", ike_sa, child_sa);
		clear(local);
		clear(remote);
	}
	options_unref(settings);
	return TRUE;
}

METHOD(filtermode_listener_t, get_stats, void,
	private_filtermode_listener_t *this, u_int *blocked, u_int *refused)
{
	*blocked = ref_cur(&this->blocked);
	*refused = ref_cur(&this->refused);
}

METHOD(filtermode_listener_t, destroy, void,
	private_filtermode_listener_t *this)
{
	this->children->destroy(this->children);
	ike_sa_table_destroy(this->peers, (void*)filtermode_peer_unref);
	this->limiter->destroy(this->limiter);
	free(this);
}

filtermode_listener_t *filtermode_listener_create(
											filtermode_manager_t *manager)
{
	private_filtermode_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_updown = _ike_updown,
				.ike_rekey = _ike_rekey,
				.assign_vips = _assign_vips,
				.ike_state_change = _ike_state_change,
				.child_state_change = _child_state_change,
				.children_migrate = _children_migrate,
				.child_updown = _child_updown,
				.narrow = _narrow,
			},
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.manager = manager,
		.children = filtermode_children_create(),
		.peers = ike_sa_table_create(),
		.limiter = log_limiter_create(),
	);
	return &this->public;
}
