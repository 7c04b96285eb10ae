/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_refresh.h"
#include "auth_policy_capture.h"

#include <collections/hashtable.h>
#include <credentials/certificates/crl.h>
#include <credentials/certificates/x509.h>
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

typedef struct private_auth_policy_refresh_t private_auth_policy_refresh_t;
typedef struct round_t round_t;
typedef struct target_t target_t;
typedef struct failure_t failure_t;

struct private_auth_policy_refresh_t {
	auth_policy_refresh_t public;
	auth_policy_sessions_t *sessions;
	auth_policy_recheck_t *recheck;
	/** CRLs that were fetched, the newest of each issuer */
	mem_cred_t *creds;
	/** seconds, 0 for never; protected by mutex, as is what follows */
	uint32_t interval;
	/** which job goes on, counted up to end those before */
	u_int generation;
	/** failure_t by URI */
	hashtable_t *failed;
	mutex_t *mutex;
	/** target_t by URI, those to fetch yet, NULL between two rounds; protected
	 * by job_mutex */
	hashtable_t *targets;
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
	/** who has to have signed it */
	certificate_t *issuer;
};

/**
 * What is wrong with a CRL.
 */
struct failure_t {
	char *uri;
	/** for the log */
	char *text;
};

static void target_destroy(target_t *target)
{
	target->issuer->destroy(target->issuer);
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

static void failure_destroy_entry(void *value, const void *key)
{
	failure_destroy(value);
}

/**
 * Add a URI unless it is there.
 */
static void add_target(hashtable_t *targets, const char *uri,
					   certificate_t *issuer)
{
	target_t *target;

	if (!targets->get(targets, uri))
	{
		INIT(target,
			.uri = strdup(uri),
			.issuer = issuer->get_ref(issuer),
		);
		targets->put(targets, target->uri, target);
	}
}

/**
 * Add the URIs of CRLs that are configured for an issuer.
 */
static void add_configured(hashtable_t *targets, certificate_t *issuer)
{
	x509_t *x509 = (x509_t*)issuer;
	chunk_t key = x509->get_subjectKeyIdentifier(x509);
	enumerator_t *enumerator;
	identification_t *id;
	char *uri;

	if (!key.len)
	{
		return;
	}
	id = identification_create_from_encoding(ID_KEY_ID, key);
	enumerator = lib->credmgr->create_cdp_enumerator(lib->credmgr,
													 CERT_X509_CRL, id);
	while (enumerator->enumerate(enumerator, &uri))
	{
		add_target(targets, uri, issuer);
	}
	enumerator->destroy(enumerator);
	id->destroy(id);
}

/**
 * Add the URIs of CRLs that a certificate may be in. Those that somebody else
 * than its issuer signs aren't followed.
 */
static void add_targets(hashtable_t *targets, certificate_t *cert,
						certificate_t *issuer)
{
	x509_t *x509 = (x509_t*)cert;
	enumerator_t *enumerator;
	x509_cdp_t *cdp;

	enumerator = x509->create_crl_uri_enumerator(x509);
	while (enumerator->enumerate(enumerator, &cdp))
	{
		if (!cdp->issuer || cert->has_issuer(cert, cdp->issuer))
		{
			add_target(targets, cdp->uri, issuer);
		}
	}
	enumerator->destroy(enumerator);
	add_configured(targets, issuer);
}

/**
 * Add what there is to fetch for a session.
 */
static void add_session(private_auth_policy_refresh_t *this,
						hashtable_t *targets, uint32_t unique_id)
{
	auth_policy_who_t *who;
	certificate_t *cert, *issuer;
	array_t *certs;
	int i;

	who = this->sessions->get_certs(this->sessions, unique_id, &certs);
	if (!who)
	{
		return;
	}
	for (i = 0; array_get(certs, i, &cert); i++)
	{
		issuer = auth_policy_find_issuer(certs, cert);
		if (issuer)
		{
			add_targets(targets, cert, issuer);
			issuer->destroy(issuer);
		}
	}
	array_destroy_offset(certs, offsetof(certificate_t, destroy));
	auth_policy_who_destroy(who);
}

/**
 * Forget what failed for somebody who isn't connected anymore.
 */
static void forget_failed(private_auth_policy_refresh_t *this,
						  hashtable_t *targets)
{
	enumerator_t *enumerator;
	failure_t *failure;
	char *uri;

	this->mutex->lock(this->mutex);
	enumerator = this->failed->create_enumerator(this->failed);
	while (enumerator->enumerate(enumerator, &uri, &failure))
	{
		if (!targets->get(targets, uri))
		{
			this->failed->remove_at(this->failed, enumerator);
			failure_destroy(failure);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

/**
 * Find out what there is to fetch.
 */
static hashtable_t *collect(private_auth_policy_refresh_t *this)
{
	hashtable_t *targets = hashtable_create(hashtable_hash_str,
											hashtable_equals_str, 32);
	array_t *ids = this->sessions->get_ids(this->sessions);
	uint32_t id;

	while (array_remove(ids, ARRAY_HEAD, &id))
	{
		add_session(this, targets, id);
	}
	array_destroy(ids);
	forget_failed(this, targets);
	return targets;
}

/**
 * Note how it went with a URI, and log it if it went otherwise before.
 *
 * @param why			what is wrong, NULL if nothing is
 */
static void note(private_auth_policy_refresh_t *this, const char *uri,
				 const char *why)
{
	char *name = utf8_escape(uri, URI_LEN), *text = NULL;
	failure_t *failure;
	bool news;

	if (why && asprintf(&text, "CRL %s %s", name, why) < 0)
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
		DBG1(DBG_CFG, "auth-policy: CRL %s is there again", name);
	}
	free(name);
	free(text);
}

/**
 * Keep a CRL that was fetched.
 *
 * @param crl			adopted
 * @return				what is wrong with it, NULL if nothing is
 */
static const char *keep(private_auth_policy_refresh_t *this,
						certificate_t *crl, certificate_t *issuer)
{
	bool valid;

	if (!crl->issued_by(crl, issuer, NULL))
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
		why = crl ? keep(this, crl, target->issuer) : "isn't one";
	}
	chunk_free(&chunk);
	note(this, target->uri, why);
}

/**
 * Get the next one to fetch.
 *
 * @return				NULL at the end of a round
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
	if (!target)
	{
		this->targets->destroy(this->targets);
		this->targets = NULL;
	}
	return target;
}

/**
 * Fetch the next CRL.
 *
 * @return				FALSE at the end of a round
 */
static bool fetch_next(private_auth_policy_refresh_t *this)
{
	target_t *target;

	this->job_mutex->lock(this->job_mutex);
	if (!this->targets)
	{
		this->targets = collect(this);
	}
	target = next(this);
	if (target)
	{
		fetch(this, target);
		target_destroy(target);
	}
	this->job_mutex->unlock(this->job_mutex);
	return target != NULL;
}

/**
 * Job: fetch a CRL, then the next one, and all again after a while.
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
	return fetch_next(this) ? JOB_REQUEUE_FAIR : JOB_RESCHEDULE(interval);
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
	if (this->targets)
	{
		this->targets->destroy_function(this->targets, target_destroy_entry);
	}
	this->mutex->destroy(this->mutex);
	this->job_mutex->destroy(this->job_mutex);
	free(this);
}

auth_policy_refresh_t *auth_policy_refresh_create(
											auth_policy_sessions_t *sessions,
											auth_policy_recheck_t *recheck)
{
	private_auth_policy_refresh_t *this;

	INIT(this,
		.public = {
			.set_interval = _set_interval,
			.get_failed = _get_failed,
			.destroy = _destroy,
		},
		.sessions = sessions,
		.recheck = recheck,
		.creds = mem_cred_create(),
		.failed = hashtable_create(hashtable_hash_str, hashtable_equals_str,
								   8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.job_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	lib->credmgr->add_set(lib->credmgr, &this->creds->set);
	return &this->public;
}
