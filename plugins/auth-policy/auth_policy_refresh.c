/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_refresh.h"
#include "auth_policy_capture.h"
#include "auth_policy_uris.h"

#include <collections/hashtable.h>
#include <credentials/certificates/crl.h>
#include <credentials/sets/mem_cred.h>
#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>
#include <utf8.h>

/**
 * Time a fetch may take, in s: a worker is busy with it, and the end waits.
 */
#define FETCH_TIME 5

/**
 * Bytes of a URI that are logged.
 */
#define URI_LEN 160

/**
 * How long a responder may take to say nothing, in ms: it isn't asked for
 * others then.
 */
#define SILENCE 1000

typedef struct private_auth_policy_refresh_t private_auth_policy_refresh_t;
typedef struct round_t round_t;
typedef struct target_t target_t;
typedef struct responder_t responder_t;
typedef struct search_t search_t;
typedef struct failure_t failure_t;

struct private_auth_policy_refresh_t {
	auth_policy_refresh_t public;
	auth_policy_sessions_t *sessions;
	auth_policy_recheck_t *recheck;
	auth_policy_online_t *online;
	/** CRLs that were fetched, the newest of each issuer */
	mem_cred_t *creds;
	/** seconds, 0 for never; protected by mutex, as is what follows */
	uint32_t interval;
	/** which job goes on, counted up to end those before */
	u_int generation;
	/** is there a job for begin(), and is there to be another round after it */
	bool once;
	bool again;
	/** is that job to begin a round, whichever there is? */
	bool anew;
	/** failure_t by URI */
	hashtable_t *failed;
	mutex_t *mutex;
	/** target_t by URI, those to fetch yet, NULL between two rounds; protected
	 * by job_mutex, as is what follows, which there is in a round only */
	hashtable_t *targets;
	/** responder_t by URI */
	hashtable_t *responders;
	/** unique IDs of sessions to judge yet, of uint32_t, and the CRLs that were
	 * looked at for others */
	array_t *left;
	auth_policy_lists_t *lists;
	/** rounds so far, by which another session is the first in each */
	u_int rounds;
	/** held by a job while it works: the one before may not have ended yet */
	mutex_t *job_mutex;
};

/**
 * What a job does.
 */
struct round_t {
	private_auth_policy_refresh_t *this;
	u_int generation;
};

/**
 * A CRL to fetch.
 */
struct target_t {
	char *uri;
	/** who may have signed it, of certificate_t*: a CA may have had other keys
	 * before */
	array_t *issuers;
};

/**
 * An OCSP responder.
 */
struct responder_t {
	char *uri;
	/** was it asked in this round, and did it say nothing, be it once? */
	bool asked;
	bool failed;
	/** did that take so long that it isn't asked for others? */
	bool silent;
};

/**
 * A search for URIs.
 */
struct search_t {
	/** gets those of CRLs, NULL if they don't matter */
	hashtable_t *targets;
	/** who has issued the certificate that is looked at */
	certificate_t *issuer;
	/** gets the first one of OCSP, allocated */
	char *ocsp;
};

/**
 * What is wrong with a URI.
 */
struct failure_t {
	char *uri;
	/** for the log */
	char *text;
};

static void target_destroy(target_t *target)
{
	array_destroy_offset(target->issuers, offsetof(certificate_t, destroy));
	free(target->uri);
	free(target);
}

static void failure_destroy(failure_t *failure)
{
	free(failure->uri);
	free(failure->text);
	free(failure);
}

/**
 * Implementations of a hashtable's callback.
 */
static void target_destroy_entry(void *value, const void *key)
{
	target_destroy(value);
}

static void responder_destroy_entry(void *value, const void *key)
{
	responder_t *responder = value;

	free(responder->uri);
	free(responder);
}

static void failure_destroy_entry(void *value, const void *key)
{
	failure_destroy(value);
}

/**
 * Add a URI, and an issuer of it, unless they are there.
 */
static void add_target(hashtable_t *targets, const char *uri,
					   certificate_t *issuer)
{
	target_t *target = targets->get(targets, uri);
	certificate_t *cand;
	int i;

	if (!target)
	{
		INIT(target,
			.uri = strdup(uri),
		);
		targets->put(targets, target->uri, target);
	}
	for (i = 0; array_get(target->issuers, i, &cand); i++)
	{
		if (issuer->equals(issuer, cand))
		{
			return;
		}
	}
	array_insert_create(&target->issuers, ARRAY_TAIL, issuer->get_ref(issuer));
}

/**
 * Add a responder unless it is there.
 */
static void add_responder(hashtable_t *responders, const char *uri)
{
	responder_t *responder;

	if (!responders->get(responders, uri))
	{
		INIT(responder,
			.uri = strdup(uri),
		);
		responders->put(responders, responder->uri, responder);
	}
}

/**
 * Add a URI of a certificate, callback of auth_policy_uris_visit().
 */
static void add_uri(search_t *search, const char *uri, bool ocsp, bool foreign)
{
	if (ocsp)
	{
		search->ocsp = search->ocsp ?: strdup(uri);
	}
	else if (!foreign && search->targets)
	{
		add_target(search->targets, uri, search->issuer);
	}
}

/**
 * Look for the URIs of what a peer has shown.
 *
 * @param search		gets them
 */
static void find_uris(const auth_policy_session_t *session, search_t *search)
{
	certificate_t *cert;
	int i;

	for (i = 0; array_get(session->certs, i, &cert); i++)
	{
		search->issuer = auth_policy_find_issuer(session->certs, cert);
		if (search->issuer)
		{
			auth_policy_uris_visit(cert, search->issuer,
								   (auth_policy_uris_cb_t)add_uri, search);
			search->issuer->destroy(search->issuer);
		}
	}
}

/**
 * Add what there is to fetch for a session.
 */
static void add_session(private_auth_policy_refresh_t *this, uint32_t unique_id)
{
	search_t search = {
		.targets = this->targets,
	};
	auth_policy_session_t *session;

	session = this->sessions->get(this->sessions, unique_id);
	if (session)
	{
		find_uris(session, &search);
		if (search.ocsp)
		{
			add_responder(this->responders, search.ocsp);
			free(search.ocsp);
		}
		auth_policy_session_destroy(session);
	}
}

/**
 * Forget what failed for somebody who isn't connected anymore.
 */
static void forget_failed(private_auth_policy_refresh_t *this)
{
	enumerator_t *enumerator;
	failure_t *failure;
	char *uri;

	this->mutex->lock(this->mutex);
	enumerator = this->failed->create_enumerator(this->failed);
	while (enumerator->enumerate(enumerator, &uri, &failure))
	{
		if (!this->targets->get(this->targets, uri) &&
			!this->responders->get(this->responders, uri))
		{
			this->failed->remove_at(this->failed, enumerator);
			failure_destroy(failure);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

/**
 * Have others go first, so that none is always behind one for whom a responder
 * is silent.
 */
static void rotate(array_t *ids, u_int rounds)
{
	u_int times = array_count(ids) ? rounds % array_count(ids) : 0;
	uint32_t id;

	while (times-- && array_remove(ids, ARRAY_HEAD, &id))
	{
		array_insert(ids, ARRAY_TAIL, &id);
	}
}

/**
 * Begin a round: find out what there is to do.
 */
static void begin_round(private_auth_policy_refresh_t *this)
{
	uint32_t id;
	int i;

	this->targets = hashtable_create(hashtable_hash_str, hashtable_equals_str,
									 32);
	this->responders = hashtable_create(hashtable_hash_str,
										hashtable_equals_str, 8);
	this->left = this->sessions->get_ids(this->sessions);
	this->lists = auth_policy_lists_create();
	rotate(this->left, this->rounds++);
	for (i = 0; array_get(this->left, i, &id); i++)
	{
		add_session(this, id);
	}
	forget_failed(this);
}

/**
 * End a round, if there is one.
 */
static void end_round(private_auth_policy_refresh_t *this)
{
	if (this->targets)
	{
		this->targets->destroy_function(this->targets, target_destroy_entry);
		this->responders->destroy_function(this->responders,
										   responder_destroy_entry);
		array_destroy(this->left);
		this->lists->destroy(this->lists);
		this->targets = NULL;
	}
}

/**
 * Note how it went with a URI, and log it if it went otherwise before.
 *
 * @param what			what it is of
 * @param why			what is wrong, NULL if nothing is
 */
static void note(private_auth_policy_refresh_t *this, const char *what,
				 const char *uri, const char *why)
{
	char *name = utf8_escape(uri, URI_LEN), *text = NULL;
	failure_t *failure;
	bool news;

	if (why && asprintf(&text, "%s %s %s", what, name, why) < 0)
	{
		text = NULL;
	}
	this->mutex->lock(this->mutex);
	failure = this->failed->remove(this->failed, uri);
	news = text ? !failure || !streq(text, failure->text) : failure != NULL;
	if (failure)
	{
		failure_destroy(failure);
	}
	if (text)
	{
		INIT(failure,
			.uri = strdup(uri),
			.text = strdup(text),
		);
		this->failed->put(this->failed, failure->uri, failure);
	}
	this->mutex->unlock(this->mutex);
	if (news && text)
	{
		DBG1(DBG_CFG, "auth-policy: %s, so that sessions are judged by what "
			 "is at hand; see recheck_interval", text);
	}
	else if (news)
	{
		DBG1(DBG_CFG, "auth-policy: %s %s is there again", what, name);
	}
	free(name);
	free(text);
}

/**
 * Note which responders answered whatever they were asked in a round.
 */
static void note_answering(private_auth_policy_refresh_t *this)
{
	enumerator_t *enumerator;
	responder_t *responder;
	char *uri;

	enumerator = this->responders->create_enumerator(this->responders);
	while (enumerator->enumerate(enumerator, &uri, &responder))
	{
		if (responder->asked && !responder->failed)
		{
			note(this, "OCSP", uri, NULL);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Did one of the issuers sign a CRL?
 */
static bool is_issued(certificate_t *crl, array_t *issuers)
{
	certificate_t *issuer;
	bool issued = FALSE;
	int i;

	for (i = 0; !issued && array_get(issuers, i, &issuer); i++)
	{
		issued = crl->issued_by(crl, issuer, NULL);
	}
	return issued;
}

/**
 * Keep a CRL that was fetched.
 *
 * @param crl			adopted
 * @return				what is wrong with it, NULL if nothing is
 */
static const char *keep(private_auth_policy_refresh_t *this,
						certificate_t *crl, array_t *issuers)
{
	bool valid;

	if (!is_issued(crl, issuers))
	{
		crl->destroy(crl);
		return "isn't signed by the CA";
	}
	valid = crl->get_validity(crl, NULL, NULL, NULL);
	this->recheck->crl_loaded(this->recheck, crl, TRUE);
	if (this->creds->add_crl(this->creds, (crl_t*)crl))
	{	/* charon goes by an older one that it has cached */
		lib->credmgr->flush_cache(lib->credmgr, CERT_X509_CRL);
	}
	return valid ? NULL : "isn't valid now";
}

/**
 * Fetch a CRL.
 */
static void fetch(private_auth_policy_refresh_t *this, target_t *target)
{
	const char *why = "can't be fetched";
	chunk_t chunk = chunk_empty;
	certificate_t *crl;

	if (lib->fetcher->fetch(lib->fetcher, target->uri, &chunk, FETCH_TIMEOUT,
							(u_int)FETCH_TIME, FETCH_END) == SUCCESS)
	{
		crl = auth_policy_capture_build(CERT_X509_CRL, BUILD_BLOB_PEM, chunk);
		why = crl ? keep(this, crl, target->issuers) : "isn't one";
	}
	chunk_free(&chunk);
	note(this, "CRL", target->uri, why);
}

/**
 * Get the next one to fetch.
 *
 * @return				NULL if there is none anymore
 */
static target_t *next(private_auth_policy_refresh_t *this)
{
	enumerator_t *enumerator;
	target_t *target = NULL;
	char *uri;

	enumerator = this->targets->create_enumerator(this->targets);
	if (enumerator->enumerate(enumerator, &uri, &target))
	{
		this->targets->remove_at(this->targets, enumerator);
	}
	enumerator->destroy(enumerator);
	return target;
}

/**
 * Get the time, monotonic, in ms.
 */
static uint64_t get_time(void)
{
	timeval_t now;

	time_monotonic(&now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

/**
 * Judge a session. A responder that is silent about one isn't asked for others
 * in this round: they would wait for it one after another. One that is quick
 * may know of others.
 */
static void judge(private_auth_policy_refresh_t *this, uint32_t unique_id)
{
	responder_t *responder = NULL;
	auth_policy_session_t *session;
	search_t search = {};
	uint64_t start;
	bool ask;

	session = this->sessions->get(this->sessions, unique_id);
	if (!session)
	{
		return;
	}
	find_uris(session, &search);
	if (search.ocsp)
	{
		responder = this->responders->get(this->responders, search.ocsp);
		free(search.ocsp);
	}
	ask = responder && !responder->silent;
	start = get_time();
	if (!this->online->judge(this->online, unique_id, session, ask,
							 this->lists) && ask)
	{
		responder->failed = TRUE;
		responder->silent = get_time() - start >= SILENCE;
		note(this, "OCSP", responder->uri, "says nothing");
	}
	if (ask)
	{
		responder->asked = TRUE;
	}
	auth_policy_session_destroy(session);
}

/**
 * Fetch the next CRL, or judge the next session once all are fetched.
 *
 * @param anew			leave the round there is, and begin one in which OCSP is
 *						asked whatever it said before
 * @return				FALSE at the end of a round
 */
static bool go_on(private_auth_policy_refresh_t *this, bool anew)
{
	target_t *target;
	uint32_t id;
	bool more = TRUE;

	this->job_mutex->lock(this->job_mutex);
	if (anew)
	{	/* not before: an answer may have been under way */
		lib->credmgr->flush_cache(lib->credmgr, CERT_X509_OCSP_RESPONSE);
		end_round(this);
	}
	if (!this->targets)
	{
		begin_round(this);
	}
	target = next(this);
	if (target)
	{
		fetch(this, target);
		target_destroy(target);
	}
	else if (array_remove(this->left, ARRAY_HEAD, &id))
	{
		judge(this, id);
	}
	else
	{
		note_answering(this);
		end_round(this);
		more = FALSE;
	}
	this->job_mutex->unlock(this->job_mutex);
	return more;
}

/**
 * Job: do some of a round, then the rest, and all again after a while.
 */
static job_requeue_t refresh(round_t *round)
{
	private_auth_policy_refresh_t *this = round->this;
	uint32_t interval;

	this->mutex->lock(this->mutex);
	interval = round->generation == this->generation ? this->interval : 0;
	this->mutex->unlock(this->mutex);
	if (!interval)
	{
		return JOB_REQUEUE_NONE;
	}
	return go_on(this, FALSE) ? JOB_REQUEUE_FAIR : JOB_RESCHEDULE(interval);
}

/**
 * Job: likewise, but once, or as often as it was asked for meanwhile.
 */
static job_requeue_t refresh_once(private_auth_policy_refresh_t *this)
{
	bool anew, more;

	/* who was judged before the command is judged again */
	this->mutex->lock(this->mutex);
	anew = this->anew;
	this->anew = FALSE;
	this->mutex->unlock(this->mutex);
	more = go_on(this, anew);
	if (!more)
	{
		this->mutex->lock(this->mutex);
		this->once = this->anew = more = this->again;
		this->again = FALSE;
		this->mutex->unlock(this->mutex);
	}
	return more ? JOB_REQUEUE_FAIR : JOB_REQUEUE_NONE;
}

METHOD(auth_policy_refresh_t, begin, void,
	private_auth_policy_refresh_t *this)
{
	bool starts;

	/* one job at most, as each keeps a worker waiting */
	this->mutex->lock(this->mutex);
	starts = !this->once;
	this->once = TRUE;
	this->anew = this->anew || starts;
	this->again = !starts;
	this->mutex->unlock(this->mutex);
	if (starts)
	{
		lib->processor->queue_job(lib->processor, (job_t*)
			callback_job_create_with_prio((callback_job_cb_t)refresh_once, this,
										  NULL, NULL, JOB_PRIO_LOW));
	}
}

METHOD(auth_policy_refresh_t, set_interval, void,
	private_auth_policy_refresh_t *this, uint32_t interval)
{
	round_t *round;
	bool starts;

	INIT(round,
		.this = this,
	);
	this->mutex->lock(this->mutex);
	starts = interval != this->interval;
	if (starts)
	{
		this->interval = interval;
		round->generation = ++this->generation;
	}
	this->mutex->unlock(this->mutex);
	if (!starts || !interval)
	{
		free(round);
		return;
	}
	lib->scheduler->schedule_job(lib->scheduler,
			(job_t*)callback_job_create_with_prio((callback_job_cb_t)refresh,
					round, free, NULL, JOB_PRIO_LOW), interval);
}

METHOD(auth_policy_refresh_t, get_failed, array_t*,
	private_auth_policy_refresh_t *this)
{
	array_t *failed = array_create(0, 0);
	enumerator_t *enumerator;
	failure_t *failure;
	char *uri;

	this->mutex->lock(this->mutex);
	enumerator = this->failed->create_enumerator(this->failed);
	while (enumerator->enumerate(enumerator, &uri, &failure))
	{
		array_insert(failed, ARRAY_TAIL, strdup(failure->text));
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return failed;
}

METHOD(auth_policy_refresh_t, destroy, void,
	private_auth_policy_refresh_t *this)
{
	lib->credmgr->remove_set(lib->credmgr, &this->creds->set);
	this->creds->destroy(this->creds);
	this->failed->destroy_function(this->failed, failure_destroy_entry);
	end_round(this);
	this->mutex->destroy(this->mutex);
	this->job_mutex->destroy(this->job_mutex);
	free(this);
}

auth_policy_refresh_t *auth_policy_refresh_create(
											auth_policy_sessions_t *sessions,
											auth_policy_recheck_t *recheck,
											auth_policy_online_t *online)
{
	private_auth_policy_refresh_t *this;

	INIT(this,
		.public = {
			.set_interval = _set_interval,
			.begin = _begin,
			.get_failed = _get_failed,
			.destroy = _destroy,
		},
		.sessions = sessions,
		.recheck = recheck,
		.online = online,
		.creds = mem_cred_create(),
		.failed = hashtable_create(hashtable_hash_str, hashtable_equals_str,
								   8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.job_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	lib->credmgr->add_set(lib->credmgr, &this->creds->set);
	return &this->public;
}
