/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_recheck.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How long after a CRL was loaded sessions are judged, in ms: whoever loads it
 * has yet to keep it, and often has others.
 */
#define DELAY 500

/**
 * Sessions that a job judges before it lets others go first.
 */
#define BATCH 50

/**
 * CRLs of logins that are remembered.
 */
#define SEEN 64

/**
 * How long a login may take, in s, from a certificate to the end.
 */
#define LOGIN_TIME 300

typedef struct private_auth_policy_recheck_t private_auth_policy_recheck_t;

struct private_auth_policy_recheck_t {
	auth_policy_recheck_t public;
	auth_policy_sessions_t *sessions;
	auth_policy_report_t *report;
	/** unique IDs that the job has yet to judge, of uint32_t; its own */
	array_t *left;
	/** what it does then: all, or those in an array of uint32_t, or NULL;
	 * protected by mutex, as is what follows */
	bool all;
	array_t *added;
	/** is there a job? */
	bool running;
	/** when a CRL was loaded, monotonic, 0 if none was */
	time_t loaded;
	/** hashes of CRLs, the next one is put at */
	uint32_t seen[SEEN];
	u_int at;
	mutex_t *mutex;
};

/**
 * Is a certificate revoked by now? Reports it then.
 */
static bool is_revoked(private_auth_policy_recheck_t *this, array_t *certs,
					   certificate_t *cert, const auth_policy_who_t *who)
{
	certificate_t *issuer = auth_policy_find_issuer(certs, cert);
	auth_policy_check_t *check;
	bool revoked;

	if (!issuer)
	{
		return FALSE;
	}
	check = auth_policy_check_create_again(cert, issuer);
	revoked = check->status.result != AUTH_POLICY_FAILED;
	if (revoked)
	{
		this->report->revoked(this->report, check, who);
	}
	auth_policy_check_destroy(check);
	issuer->destroy(issuer);
	return revoked;
}

/**
 * Judge a session, and have it closed if a certificate of it is revoked.
 */
static void judge(private_auth_policy_recheck_t *this, uint32_t unique_id,
				  auth_policy_recheck_stats_t *stats)
{
	auth_policy_who_t *who;
	certificate_t *cert;
	array_t *certs;
	bool revoked = FALSE;
	int i;

	who = this->sessions->get_certs(this->sessions, unique_id, &certs);
	if (!who)
	{
		return;
	}
	for (i = 0; !revoked && array_get(certs, i, &cert); i++)
	{
		revoked = is_revoked(this, certs, cert, who);
	}
	stats->judged++;
	stats->revoked += revoked &&
					  this->sessions->close(this->sessions, unique_id, NULL);
	array_destroy_offset(certs, offsetof(certificate_t, destroy));
	auth_policy_who_destroy(who);
}

METHOD(auth_policy_recheck_t, judge_all, void,
	private_auth_policy_recheck_t *this, auth_policy_recheck_stats_t *stats)
{
	array_t *ids = this->sessions->get_ids(this->sessions);
	uint32_t id;

	*stats = (auth_policy_recheck_stats_t){};
	while (array_remove(ids, ARRAY_HEAD, &id))
	{
		judge(this, id, stats);
	}
	array_destroy(ids);
}

/**
 * Find out what there is to judge.
 */
static void begin(private_auth_policy_recheck_t *this)
{
	bool all;

	this->mutex->lock(this->mutex);
	all = this->all;
	this->all = FALSE;
	this->left = this->added;
	this->added = NULL;
	this->mutex->unlock(this->mutex);
	if (all)
	{
		array_destroy(this->left);
		this->left = this->sessions->get_ids(this->sessions);
	}
}

/**
 * Is there nothing to do anymore?
 */
static bool is_done(private_auth_policy_recheck_t *this)
{
	bool done;

	this->mutex->lock(this->mutex);
	done = !this->all && !this->added;
	this->running = !done;
	this->mutex->unlock(this->mutex);
	return done;
}

/**
 * Job: judge some sessions.
 */
static job_requeue_t judge_some(private_auth_policy_recheck_t *this)
{
	auth_policy_recheck_stats_t stats = {};
	uint32_t id;
	int i;

	if (!this->left)
	{
		begin(this);
	}
	for (i = 0; i < BATCH && array_remove(this->left, ARRAY_HEAD, &id); i++)
	{
		judge(this, id, &stats);
	}
	if (array_count(this->left))
	{
		return JOB_REQUEUE_FAIR;
	}
	array_destroy(this->left);
	this->left = NULL;
	return is_done(this) ? JOB_REQUEUE_NONE : JOB_RESCHEDULE_MS(DELAY);
}

/**
 * Is it a CRL that isn't known? With the mutex held.
 */
static bool is_new(private_auth_policy_recheck_t *this, chunk_t encoding)
{
	uint32_t hash = chunk_hash(encoding);
	int i;

	for (i = 0; i < SEEN; i++)
	{
		if (this->seen[i] == hash)
		{
			return FALSE;
		}
	}
	this->seen[this->at++ % SEEN] = hash;
	return TRUE;
}

/**
 * Have a job look what there is to do, unless one will. With the mutex held.
 */
static void schedule(private_auth_policy_recheck_t *this)
{
	if (!this->running)
	{
		this->running = TRUE;
		lib->scheduler->schedule_job_ms(lib->scheduler,
				(job_t*)callback_job_create((callback_job_cb_t)judge_some, this,
											NULL, NULL), DELAY);
	}
}

METHOD(auth_policy_recheck_t, crl_loaded, void,
	private_auth_policy_recheck_t *this, const chunk_t *login)
{
	this->mutex->lock(this->mutex);
	if (!login || is_new(this, *login))
	{
		this->all = TRUE;
		this->loaded = time_monotonic(NULL);
		schedule(this);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(auth_policy_recheck_t, added, void,
	private_auth_policy_recheck_t *this, uint32_t unique_id)
{
	this->mutex->lock(this->mutex);
	if (this->loaded && time_monotonic(NULL) - this->loaded < LOGIN_TIME)
	{
		if (!this->added)
		{
			this->added = array_create(sizeof(uint32_t), 0);
		}
		array_insert(this->added, ARRAY_TAIL, &unique_id);
		schedule(this);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(auth_policy_recheck_t, destroy, void,
	private_auth_policy_recheck_t *this)
{
	array_destroy(this->left);
	array_destroy(this->added);
	this->mutex->destroy(this->mutex);
	free(this);
}

auth_policy_recheck_t *auth_policy_recheck_create(
											auth_policy_sessions_t *sessions,
											auth_policy_report_t *report)
{
	private_auth_policy_recheck_t *this;

	INIT(this,
		.public = {
			.judge_all = _judge_all,
			.crl_loaded = _crl_loaded,
			.added = _added,
			.destroy = _destroy,
		},
		.sessions = sessions,
		.report = report,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
