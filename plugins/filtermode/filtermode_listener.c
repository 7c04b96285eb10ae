/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_listener.h"
#include "filtermode_verdict.h"

#include <daemon.h>
#include <log_limiter.h>
#include <processing/jobs/delete_child_sa_job.h>

typedef struct private_filtermode_listener_t private_filtermode_listener_t;

/**
 * Private data of a filtermode_listener_t object.
 */
struct private_filtermode_listener_t {

	/**
	 * Public interface.
	 */
	filtermode_listener_t public;

	/**
	 * Whom to tell.
	 */
	filtermode_manager_t *manager;

	/**
	 * Limits lines that peers can cause. Used in hooks only, which the bus
	 * calls one at a time.
	 */
	log_limiter_t *limiter;
};

METHOD(listener_t, child_state_change, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	child_sa_state_t state)
{
	uint32_t id = child_sa->get_unique_id(child_sa);

	/* trap policies have no IKE_SA, and don't get in either state */
	if (state == CHILD_INSTALLED && ike_sa)
	{
		this->manager->child_up(this->manager, id,
								child_sa->get_reqid(child_sa),
								ike_sa->get_name(ike_sa),
								child_sa->get_ipcomp(child_sa) != IPCOMP_NONE);
	}
	else if (state == CHILD_DESTROYING)
	{
		this->manager->child_down(this->manager, id);
	}
	return TRUE;
}

/**
 * Does a CHILD_SA have an interface ID?
 */
static bool has_if_id(child_sa_t *child_sa)
{
	return child_sa->get_if_id(child_sa, TRUE) ||
		   child_sa->get_if_id(child_sa, FALSE);
}

/**
 * Does a CHILD_SA have a mark?
 */
static bool has_mark(child_sa_t *child_sa)
{
	return child_sa->get_mark(child_sa, TRUE).value ||
		   child_sa->get_mark(child_sa, FALSE).value;
}

/**
 * Decide on a CHILD_SA.
 *
 * @param mode		its mode
 * @param reject	set to whether the settings want it rejected
 */
static filtermode_verdict_t decide(private_filtermode_listener_t *this,
								   ike_sa_t *ike_sa, child_sa_t *child_sa,
								   ipsec_mode_t mode, bool *reject)
{
	filtermode_settings_t *settings;
	filtermode_verdict_t verdict;
	filtermode_child_t child = {
		.connection = ike_sa->get_name(ike_sa),
		.transport = mode == MODE_TRANSPORT,
		.if_id = has_if_id(child_sa),
		.mark = has_mark(child_sa),
	};

	settings = this->manager->get_settings(this->manager);
	verdict = filtermode_verdict(settings, &child);
	*reject = settings->reject && verdict == FILTERMODE_BLOCKED;
	options_unref(settings);
	return verdict;
}

/**
 * May a line be logged on this CHILD_SA?
 *
 * @param what		kind of line
 * @param buf		gets how many were left out
 */
static bool may_log(private_filtermode_listener_t *this, ike_sa_t *ike_sa,
					child_sa_t *child_sa, const char *what, char *buf,
					size_t len)
{
	char key[BUF_LEN];
	u_int missed;

	snprintf(key, sizeof(key), "%s %s/%s", what, ike_sa->get_name(ike_sa),
			 child_sa->get_name(child_sa));
	if (!this->limiter->pass(this->limiter, key, time_monotonic(NULL),
							 &missed))
	{
		return FALSE;
	}
	buf[0] = '\0';
	if (missed)
	{
		snprintf(buf, len, " (%u more times since)", missed);
	}
	return TRUE;
}

METHOD(listener_t, child_updown, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	bool up)
{
	filtermode_verdict_t verdict;
	uint32_t id = child_sa->get_unique_id(child_sa);
	char more[64];
	bool reject;

	if (!up)
	{
		return TRUE;
	}
	verdict = decide(this, ike_sa, child_sa, child_sa->get_mode(child_sa),
					 &reject);
	if (verdict == FILTERMODE_PASSES)
	{
		return TRUE;
	}
	if (may_log(this, ike_sa, child_sa, "up", more, sizeof(more)))
	{
		DBG1(DBG_CHD, "filtermode: CHILD_SA %s{%u} of connection '%s' is "
			 "blocked%s: mode = interfaces, and it has no interface; add the "
			 "connection to filtermode.allow to let it pass%s",
			 child_sa->get_name(child_sa), id, ike_sa->get_name(ike_sa),
			 verdict == FILTERMODE_BLOCKED ? ""
										   : " unless a VTI has its marks",
			 more);
	}
	if (reject)
	{	/* transport mode was configured, but the peer insisted on a tunnel */
		lib->processor->queue_job(lib->processor,
								  (job_t*)delete_child_sa_job_create_id(id));
	}
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

METHOD(listener_t, narrow, bool,
	private_filtermode_listener_t *this, ike_sa_t *ike_sa, child_sa_t *child_sa,
	narrow_hook_t type, linked_list_t *local, linked_list_t *remote)
{
	child_cfg_t *config = child_sa->get_config(child_sa);
	char more[64];
	bool reject;

	switch (type)
	{
		case NARROW_RESPONDER:
		case NARROW_INITIATOR_POST_AUTH:
		case NARROW_INITIATOR_POST_NOAUTH:
			break;
		default:
			return TRUE;
	}
	/* which mode the peer wants can't be seen here */
	decide(this, ike_sa, child_sa, config->get_mode(config), &reject);
	if (!reject)
	{
		return TRUE;
	}
	if (may_log(this, ike_sa, child_sa, "narrow", more, sizeof(more)))
	{
		DBG1(DBG_CHD, "filtermode: refusing CHILD_SA %s of connection '%s': it "
			 "has no interface, and mode = interfaces, reject = yes; add the "
			 "connection to filtermode.allow to let it pass%s",
			 child_sa->get_name(child_sa), ike_sa->get_name(ike_sa), more);
	}
	clear(local);
	clear(remote);
	return TRUE;
}

METHOD(filtermode_listener_t, destroy, void,
	private_filtermode_listener_t *this)
{
	this->limiter->destroy(this->limiter);
	free(this);
}

/*
 * Described in header
 */
filtermode_listener_t *filtermode_listener_create(
											filtermode_manager_t *manager)
{
	private_filtermode_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.child_state_change = _child_state_change,
				.child_updown = _child_updown,
				.narrow = _narrow,
			},
			.destroy = _destroy,
		},
		.manager = manager,
		.limiter = log_limiter_create(),
	);
	return &this->public;
}
