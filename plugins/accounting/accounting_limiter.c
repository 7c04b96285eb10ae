/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_limiter.h"
#include "accounting_events.h"
#include "accounting_limits.h"

#include <daemon.h>
#include <ike_sa_why.h>
#include <processing/jobs/callback_job.h>

typedef struct private_accounting_limiter_t private_accounting_limiter_t;

struct private_accounting_limiter_t {
	accounting_limiter_t public;
	options_store_t *store;
	accounting_sessions_t *sessions;
	accounting_kernel_t *kernel;
	/** those that are to be read yet, NULL if none are being; of the job */
	array_t *reading;
	refcount_t closed;
};

/**
 * Close the IKE_SA of a session that has reached a limit. If it is being
 * rekeyed, the next look closes what came of it.
 */
static void close_session(private_accounting_limiter_t *this,
						  accounting_session_t *session, uint32_t unique_id,
						  const char *limit)
{
	ike_sa_t *ike_sa;

	ike_sa = charon->ike_sa_manager->checkout_by_id(charon->ike_sa_manager,
													unique_id);
	if (!ike_sa)
	{
		return;
	}
	if (ike_sa->get_state(ike_sa) == IKE_REKEYING ||
		ike_sa->get_state(ike_sa) == IKE_REKEYED)
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
		return;
	}
	if (this->sessions->limit(this->sessions, session, limit))
	{
		ref_get(&this->closed);
		accounting_tell_limit("closed", session, unique_id, limit, 0);
		DBG1(DBG_IKE, "accounting: closing IKE_SA %s[%u] of '%Y': it has "
			 "reached %s", ike_sa->get_name(ike_sa), unique_id, session->user,
			 limit);
	}
	ike_sa_why_say(unique_id, IKE_SA_WHY_ACCOUNTING);
	ike_sa->delete(ike_sa, TRUE);
	charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, ike_sa);
}

/**
 * Say that a session will end, once.
 *
 * @param left			seconds until then
 */
static void warn(accounting_session_t *session, uint32_t unique_id,
				 const char *limit, uint32_t left)
{
	if (!session->warned)
	{
		session->warned = TRUE;
		accounting_tell_limit("warning", session, unique_id, limit, left);
		DBG1(DBG_IKE, "accounting: the session of '%Y', IKE_SA %s[%u], ends "
			 "in %u s by %s", session->user, session->connection, unique_id,
			 left, limit);
	}
}

/**
 * Look at a session.
 */
static void look_at(private_accounting_limiter_t *this,
					accounting_settings_t *settings,
					accounting_session_t *session)
{
	accounting_use_t use;
	peer_facts_t peer;
	uint32_t unique_id, left;
	char *limit;

	unique_id = this->sessions->get_use(this->sessions, session, &use);
	if (!unique_id)
	{
		return;
	}
	accounting_session_get_facts(session, &peer);
	limit = accounting_limits_reached(&settings->rules, &peer, &use);
	if (limit)
	{
		close_session(this, session, unique_id, limit);
	}
	else if (settings->limit_warning)
	{
		left = accounting_limits_left(&settings->rules, &peer, &use, &limit);
		if (left <= settings->limit_warning)
		{
			warn(session, unique_id, limit, left);
		}
	}
	free(limit);
	peer_facts_clear(&peer);
}

/**
 * Look at all sessions.
 */
static void look(private_accounting_limiter_t *this,
				 accounting_settings_t *settings)
{
	accounting_session_t *session;
	array_t *all;

	/* the time zone may have been changed */
	tzset();
	all = this->sessions->get_all(this->sessions);
	while (array_remove(all, ARRAY_TAIL, &session))
	{
		look_at(this, settings, session);
		accounting_session_unref(session);
	}
	array_destroy(all);
}

/**
 * Do some of what is to be done.
 *
 * @return				milliseconds until there is more
 */
static u_int work(private_accounting_limiter_t *this,
				  accounting_settings_t *settings)
{
	if (this->reading || accounting_limits_count(&settings->rules))
	{
		this->kernel->read(this->kernel, &this->reading);
		if (this->reading)
		{
			return ACCOUNTING_KERNEL_PAUSE;
		}
	}
	if (settings->rules.count)
	{
		look(this, settings);
	}
	return ACCOUNTING_LIMITER_INTERVAL;
}

/**
 * Job: look at all sessions, from time to time.
 */
static job_requeue_t run(private_accounting_limiter_t *this)
{
	accounting_settings_t *settings = this->store->get(this->store);
	u_int ms = work(this, settings);

	options_unref(settings);
	return JOB_RESCHEDULE_MS(ms);
}

METHOD(accounting_limiter_t, get_closed, u_int,
	private_accounting_limiter_t *this)
{
	return ref_cur(&this->closed);
}

METHOD(accounting_limiter_t, destroy, void,
	private_accounting_limiter_t *this)
{
	this->kernel->forget(this->kernel, this->reading);
	free(this);
}

accounting_limiter_t *accounting_limiter_create(options_store_t *store,
											accounting_sessions_t *sessions,
											accounting_kernel_t *kernel)
{
	private_accounting_limiter_t *this;

	INIT(this,
		.public = {
			.get_closed = _get_closed,
			.destroy = _destroy,
		},
		.store = store,
		.sessions = sessions,
		.kernel = kernel,
	);
	lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)
				callback_job_create((callback_job_cb_t)run, this, NULL,
									(callback_job_cancel_t)return_false),
				ACCOUNTING_LIMITER_INTERVAL);
	return &this->public;
}
