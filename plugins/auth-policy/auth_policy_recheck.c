/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_recheck.h"
#include "auth_policy_evidence.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How long after a CRL was loaded sessions are judged, in ms: often there are
 * others.
 */
#define DELAY 500

/**
 * Sessions that a job judges before it lets others go first.
 */
#define BATCH 50

/**
 * CRLs that are remembered, and those that are kept until a job looks at them.
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
	/** unique IDs that the job has yet to judge, of uint32_t, and CRLs to look
	 * at, certificate_t*, which nobody else may keep; its own */
	array_t *left;
	array_t *crls;
	/** CRLs that were looked at so far, for those that are left */
	auth_policy_lists_t *lists;
	/** what it does then: all, or those in an array of uint32_t, or NULL;
	 * protected by mutex, as is what follows */
	bool all;
	array_t *added;
	/** CRLs for it, or NULL, and whether charon may have older ones cached that
	 * it would go by at a login, in place of those */
	array_t *loaded_crls;
	bool cached;
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
 * Check whether a certificate is revoked by now.
 *
 * @return				NULL if it isn't
 */
static auth_policy_check_t *check_revoked(array_t *certs, certificate_t *cert,
										  array_t *crls,
										  auth_policy_lists_t *lists)
{
	certificate_t *issuer = auth_policy_find_issuer(certs, cert);
	auth_policy_check_t *check;

	if (!issuer)
	{
		return NULL;
	}
	check = auth_policy_check_create_again(cert, issuer, crls, lists);
	issuer->destroy(issuer);
	if (check->status.result == AUTH_POLICY_FAILED)
	{
		auth_policy_check_destroy(check);
		return NULL;
	}
	return check;
}

/**
 * Has a session a name? Case is ignored, as where patterns are.
 */
static bool has_name(const auth_policy_session_t *session, const char *name)
{
	char *cand;
	int i;

	for (i = 0; array_get(session->names, i, &cand); i++)
	{
		if (strcaseeq(cand, name))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Judge a session, and have it closed if a certificate of it is revoked.
 *
 * @param name			name it has to have, or NULL
 * @param crls			CRLs to look at besides those at hand, or NULL
 * @param lists			CRLs that were looked at for others
 */
static void judge(private_auth_policy_recheck_t *this, uint32_t unique_id,
				  const char *name, array_t *crls, auth_policy_lists_t *lists,
				  auth_policy_recheck_stats_t *stats)
{
	auth_policy_check_t *check = NULL;
	auth_policy_session_t *session;
	certificate_t *cert;
	int i;

	session = this->sessions->get(this->sessions, unique_id);
	if (!session)
	{
		return;
	}
	if (name && !has_name(session, name))
	{
		auth_policy_session_destroy(session);
		return;
	}
	for (i = 0; !check && array_get(session->certs, i, &cert); i++)
	{
		check = check_revoked(session->certs, cert, crls, lists);
	}
	stats->judged++;
	if (check)
	{	/* another thread may be as far */
		if (this->sessions->close(this->sessions, unique_id, NULL))
		{
			stats->revoked++;
			this->report->revoked(this->report, check, session->who);
		}
		auth_policy_check_destroy(check);
	}
	auth_policy_session_destroy(session);
}

METHOD(auth_policy_recheck_t, judge_all, void,
	private_auth_policy_recheck_t *this, const char *name,
	auth_policy_recheck_stats_t *stats)
{
	array_t *ids = this->sessions->get_ids(this->sessions);
	auth_policy_lists_t *lists = auth_policy_lists_create();
	uint32_t id;

	*stats = (auth_policy_recheck_stats_t){};
	while (array_remove(ids, ARRAY_HEAD, &id))
	{
		judge(this, id, name, NULL, lists, stats);
	}
	array_destroy(ids);
	lists->destroy(lists);
}

/**
 * Find out what there is to judge.
 */
static void begin(private_auth_policy_recheck_t *this)
{
	bool all, cached;

	this->mutex->lock(this->mutex);
	cached = this->cached;
	this->cached = FALSE;
	all = this->all;
	this->all = FALSE;
	this->left = this->added;
	this->added = NULL;
	this->crls = this->loaded_crls;
	this->loaded_crls = NULL;
	this->mutex->unlock(this->mutex);
	this->lists = auth_policy_lists_create();
	if (cached)
	{
		lib->credmgr->flush_cache(lib->credmgr, CERT_X509_CRL);
	}
	if (all)
	{
		array_destroy(this->left);
		this->left = this->sessions->get_ids(this->sessions);
	}
}

/**
 * All are judged, or none will be anymore.
 */
static void end(private_auth_policy_recheck_t *this)
{
	array_destroy(this->left);
	this->left = NULL;
	auth_policy_crls_destroy(this->crls);
	this->crls = NULL;
	DESTROY_IF(this->lists);
	this->lists = NULL;
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

	if (!this->lists)
	{
		begin(this);
	}
	for (i = 0; i < BATCH && array_remove(this->left, ARRAY_HEAD, &id); i++)
	{
		judge(this, id, NULL, this->crls, this->lists, &stats);
	}
	if (array_count(this->left))
	{
		return JOB_REQUEUE_FAIR;
	}
	end(this);
	return is_done(this) ? JOB_REQUEUE_NONE : JOB_RESCHEDULE_MS(DELAY);
}

/**
 * Get what tells a CRL from others.
 */
static uint32_t get_hash(certificate_t *crl)
{
	chunk_t encoding = chunk_empty;
	uint32_t hash;

	if (!crl->get_encoding(crl, CERT_ASN1_DER, &encoding))
	{
		return 0;
	}
	hash = chunk_hash(encoding);
	chunk_free(&encoding);
	return hash;
}

/**
 * Is it a CRL that isn't known? With the mutex held.
 */
static bool is_new(private_auth_policy_recheck_t *this, uint32_t hash)
{
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
	private_auth_policy_recheck_t *this, certificate_t *crl, bool fetched)
{
	uint32_t hash = get_hash(crl);
	certificate_t *first = NULL;

	this->mutex->lock(this->mutex);
	if (is_new(this, hash) || !fetched)
	{
		if (array_count(this->loaded_crls) == SEEN)
		{
			array_remove(this->loaded_crls, ARRAY_HEAD, &first);
		}
		array_insert_create(&this->loaded_crls, ARRAY_TAIL, crl->get_ref(crl));
		this->all = TRUE;
		this->cached = this->cached || !fetched;
		this->loaded = time_monotonic(NULL);
		schedule(this);
	}
	this->mutex->unlock(this->mutex);
	DESTROY_IF(first);
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
	end(this);
	array_destroy(this->added);
	auth_policy_crls_destroy(this->loaded_crls);
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
