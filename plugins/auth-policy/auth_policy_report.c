/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_report.h"

#include <credentials/certificates/x509.h>
#include <daemon.h>
#include <log_limiter.h>
#include <threading/mutex.h>

typedef struct private_auth_policy_report_t private_auth_policy_report_t;

struct private_auth_policy_report_t {
	auth_policy_report_t public;
	log_limiter_t *limiter;
	auth_policy_stats_t stats;
	/** guards stats */
	mutex_t *mutex;
};

/**
 * Count a certificate, and find out whether a line may be logged about it.
 *
 * @param name			certificate, as it is named in the line
 * @param option		option that decided, "" for none
 * @param more			gets what to log about lines that were left out
 */
static bool count(private_auth_policy_report_t *this,
				  const auth_policy_check_t *check,
				  auth_policy_verdict_t verdict, const char *name,
				  const char *option, char more[LOG_LIMITER_MORE])
{
	this->mutex->lock(this->mutex);
	this->stats.results[check->status.result]++;
	this->stats.verdicts[verdict]++;
	this->mutex->unlock(this->mutex);
	return verdict != AUTH_POLICY_ACCEPT &&
		   log_limiter_pass(this->limiter, more, "times", "%d %d %s %s",
							verdict, check->status.result, option, name);
}

/**
 * Name a certificate.
 *
 * @return				text, has to be freed
 */
static char *print_name(certificate_t *cert)
{
	x509_t *x509 = (x509_t*)cert;
	chunk_t serial = chunk_to_hex(x509->get_serial(x509), NULL, FALSE);
	char *name;

	if (asprintf(&name, "\"%Y\" (serial %s, issued by \"%Y\")",
				 cert->get_subject(cert), serial.ptr,
				 cert->get_issuer(cert)) < 0)
	{
		name = strdup("");
	}
	chunk_free(&serial);
	return name;
}

METHOD(auth_policy_report_t, revoked, void,
	private_auth_policy_report_t *this, const auth_policy_check_t *check,
	const auth_policy_who_t *peer)
{
	char *name = print_name(check->cert), why[256], more[LOG_LIMITER_MORE];

	auth_policy_tell_refused(check, NULL, NULL, peer);
	if (count(this, check, AUTH_POLICY_REFUSE, name, "", more))
	{
		auth_policy_explain(&check->status, why, sizeof(why));
		DBG1(DBG_CFG, "auth-policy: refused certificate %s of " AUTH_POLICY_WHO
			 "%s: %s; tried %s", name, AUTH_POLICY_WHO_ARGS(peer), more, why,
			 check->tried);
	}
	free(name);
}

METHOD(auth_policy_report_t, judged, void,
	private_auth_policy_report_t *this, const auth_policy_check_t *check,
	const auth_policy_terms_t *terms, const auth_policy_rule_t *rule,
	auth_policy_verdict_t verdict, const auth_policy_who_t *peer)
{
	const auth_policy_status_t *status = &check->status;
	char *name, why[256], key[BUF_LEN], more[LOG_LIMITER_MORE];
	time_t until = status->next_update + terms->grace;

	if (status->result == AUTH_POLICY_REVOKED ||
		status->result == AUTH_POLICY_ON_HOLD)
	{	/* whatever the terms are */
		revoked(this, check, peer);
		return;
	}
	name = print_name(check->cert);
	DBG2(DBG_CFG, "auth-policy: judged certificate %s of " AUTH_POLICY_WHO
		 ": result %d, revocation %s, rule %s, verdict %d", name,
		 AUTH_POLICY_WHO_ARGS(peer), status->result,
		 auth_policy_revocations[terms->revocation],
		 rule ? rule->section.name : "(none)", verdict);
	if (verdict == AUTH_POLICY_REFUSE)
	{
		auth_policy_tell_refused(check, terms, rule, peer);
	}
	snprintf(key, sizeof(key), "auth-policy.%s%s%s", rule ? "rules." : "",
			 rule ? rule->section.name : "", rule ? "." : "");
	if (!count(this, check, verdict, name, key, more))
	{
		free(name);
		return;
	}
	auth_policy_explain(status, why, sizeof(why));
	if (verdict == AUTH_POLICY_GRACE)
	{
		DBG1(DBG_CFG, "auth-policy: accepted certificate %s of "
			 AUTH_POLICY_WHO "%s by grace: %s, it is good until %T; tried %s; "
			 "see %sgrace", name, AUTH_POLICY_WHO_ARGS(peer), more, why,
			 &until, TRUE, check->tried, key);
	}
	else
	{
		DBG1(DBG_CFG, "auth-policy: refused certificate %s of "
			 AUTH_POLICY_WHO "%s: revocation is %s and %s; tried %s; see %s%s",
			 name, AUTH_POLICY_WHO_ARGS(peer), more,
			 auth_policy_revocations[terms->revocation], why, check->tried,
			 key, status->result == AUTH_POLICY_STALE && status->crl ? "grace" :
																"revocation");
	}
	free(name);
}

METHOD(auth_policy_report_t, get_stats, void,
	private_auth_policy_report_t *this, auth_policy_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	*stats = this->stats;
	this->mutex->unlock(this->mutex);
}

METHOD(auth_policy_report_t, log_counters, void,
	private_auth_policy_report_t *this)
{
	auth_policy_stats_t stats;

	get_stats(this, &stats);
	DBG1(DBG_CFG, "auth-policy: certificates: %u accepted, %u by grace, %u "
		 "refused; %u good, %u without CRL or URI, %u stale, %u not available, "
		 "%u unchecked, %u on hold, %u revoked",
		 stats.verdicts[AUTH_POLICY_ACCEPT], stats.verdicts[AUTH_POLICY_GRACE],
		 stats.verdicts[AUTH_POLICY_REFUSE], stats.results[AUTH_POLICY_GOOD],
		 stats.results[AUTH_POLICY_SKIPPED], stats.results[AUTH_POLICY_STALE],
		 stats.results[AUTH_POLICY_FAILED],
		 stats.results[AUTH_POLICY_UNCHECKED],
		 stats.results[AUTH_POLICY_ON_HOLD],
		 stats.results[AUTH_POLICY_REVOKED]);
}

METHOD(auth_policy_report_t, destroy, void,
	private_auth_policy_report_t *this)
{
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

auth_policy_report_t *auth_policy_report_create(void)
{
	private_auth_policy_report_t *this;

	INIT(this,
		.public = {
			.judged = _judged,
			.revoked = _revoked,
			.get_stats = _get_stats,
			.log_counters = _log_counters,
			.destroy = _destroy,
		},
		.limiter = log_limiter_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
