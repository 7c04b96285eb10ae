/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_enforcer.h"
#include "auth_policy_rules.h"

#include <time.h>

#include <daemon.h>
#include <credentials/certificates/crl.h>
#include <processing/jobs/callback_job.h>

typedef struct private_auth_policy_enforcer_t private_auth_policy_enforcer_t;
typedef struct chain_t chain_t;
typedef struct revoked_t revoked_t;

struct private_auth_policy_enforcer_t {
	auth_policy_enforcer_t public;
	options_store_t *store;
	auth_policy_evidence_t *evidence;
	auth_policy_report_t *report;
};

/**
 * A trust chain, from the end entity up.
 */
struct chain_t {
	/** of certificate_t*, not referenced */
	array_t *certs;
	/** is the last one a trust anchor? */
	bool anchored;
	/** are these certificates to be verified later on? */
	bool suspended;
};

/**
 * A certificate that charon refused.
 */
struct revoked_t {
	private_auth_policy_enforcer_t *this;
	certificate_t *cert;
	array_t *crls;
	char *peer;
};

/**
 * Get the trust chain by which a peer was authenticated; it is empty if that
 * wasn't with an X.509 certificate.
 */
static chain_t get_chain(auth_cfg_t *auth)
{
	chain_t chain = {
		.certs = array_create(0, 0),
	};
	enumerator_t *enumerator;
	certificate_t *cert;
	auth_rule_t rule;

	enumerator = auth->create_enumerator(auth);
	while (enumerator->enumerate(enumerator, &rule, &cert))
	{
		switch (rule)
		{
			case AUTH_RULE_SUBJECT_CERT:
			case AUTH_RULE_IM_CERT:
			case AUTH_RULE_CA_CERT:
				if (cert->get_type(cert) == CERT_X509)
				{
					array_insert(chain.certs, ARRAY_TAIL, cert);
					chain.anchored = rule == AUTH_RULE_CA_CERT;
				}
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
	chain.suspended = auth->get(auth, AUTH_RULE_CERT_VALIDATION_SUSPENDED);
	return chain;
}

/**
 * Find the rule for a peer.
 */
static auth_policy_rule_t *find_rule(auth_policy_settings_t *settings,
									 ike_sa_t *ike_sa, chain_t *chain)
{
	auth_policy_rule_t *rule;
	certificate_t *cert;
	array_t *cas;
	char id[BUF_LEN], *ca;
	int i;

	if (!settings->rules.count)
	{
		return NULL;
	}
	cas = array_create(0, 0);
	for (i = 0; i < array_count(chain->certs); i++)
	{
		array_get(chain->certs, i, &cert);
		if (asprintf(&ca, "%Y", cert->get_issuer(cert)) > 0)
		{
			array_insert(cas, ARRAY_TAIL, ca);
		}
	}
	snprintf(id, sizeof(id), "%Y", ike_sa->get_other_eap_id(ike_sa));
	rule = auth_policy_rule_find(settings, ike_sa->get_name(ike_sa), id, cas);
	array_destroy_function(cas, (array_callback_t)free, NULL);
	return rule;
}

/**
 * Say who a peer is.
 *
 * @return				text, has to be freed
 */
static char *print_peer(ike_sa_t *ike_sa)
{
	char *peer;

	if (asprintf(&peer, "'%Y' at %#H on connection '%s'",
				 ike_sa->get_other_eap_id(ike_sa),
				 ike_sa->get_other_host(ike_sa), ike_sa->get_name(ike_sa)) <= 0)
	{
		return strdup("a peer");
	}
	return peer;
}

/**
 * Decide about a certificate, and report it.
 */
static bool judge(private_auth_policy_enforcer_t *this,
				  auth_policy_settings_t *settings, ike_sa_t *ike_sa,
				  chain_t *chain, auth_policy_check_t *check)
{
	auth_policy_rule_t *rule = find_rule(settings, ike_sa, chain);
	auth_policy_terms_t *terms = rule ? &rule->terms : &settings->terms;
	auth_policy_verdict_t verdict;
	char *peer = print_peer(ike_sa);

	verdict = auth_policy_judge(&check->status, terms, time(NULL));
	this->report->judged(this->report, check, terms, rule, verdict, peer);
	free(peer);
	return verdict != AUTH_POLICY_REFUSE;
}

/**
 * Decide about the certificates of a chain, up to the first that is refused.
 */
static bool judge_chain(private_auth_policy_enforcer_t *this,
						auth_policy_settings_t *settings, ike_sa_t *ike_sa,
						chain_t *chain)
{
	auth_policy_check_t *check;
	certificate_t *cert;
	int i, count = array_count(chain->certs);
	bool accepted = TRUE;

	for (i = 0; i < count && accepted; i++)
	{
		array_get(chain->certs, i, &cert);
		/* nobody can revoke what is trusted for its own sake */
		if (i == count - 1 && (chain->anchored ||
							   cert->has_issuer(cert, cert->get_subject(cert))))
		{
			break;
		}
		check = this->evidence->take_check(this->evidence,
										   ike_sa->get_unique_id(ike_sa), cert);
		if (!check)
		{
			check = auth_policy_check_create_unchecked(cert);
		}
		accepted = judge(this, settings, ike_sa, chain, check);
		auth_policy_check_destroy(check);
	}
	return accepted;
}

/**
 * Did one side use EAP?
 */
static bool used_eap(ike_sa_t *ike_sa, bool local)
{
	enumerator_t *enumerator;
	auth_cfg_t *auth;
	bool found = FALSE;

	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, local);
	while (!found && enumerator->enumerate(enumerator, &auth))
	{
		found = (uintptr_t)auth->get(auth,
								AUTH_RULE_AUTH_CLASS) == AUTH_CLASS_EAP;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Decide about certificates that were checked for an IKE_SA but aren't among
 * those it was authenticated with.
 *
 * As EAP client, charon doesn't say with which certificate the server
 * authenticated, and not all methods say so as a server. Without EAP, it is
 * only certificates of the same identity that turned out to be others.
 */
static bool judge_rest(private_auth_policy_enforcer_t *this,
					   auth_policy_settings_t *settings, ike_sa_t *ike_sa)
{
	chain_t chain = {
		.certs = array_create(0, 0),
	};
	array_t *checks = array_create(0, 0);
	auth_policy_check_t *check;
	bool accepted = TRUE;
	int i;

	while ((check = this->evidence->take_check(this->evidence,
									ike_sa->get_unique_id(ike_sa), NULL)))
	{
		array_insert(checks, ARRAY_TAIL, check);
		array_insert(chain.certs, ARRAY_TAIL, check->cert);
	}
	for (i = 0; i < array_count(checks) && accepted; i++)
	{
		array_get(checks, i, &check);
		accepted = judge(this, settings, ike_sa, &chain, check);
	}
	array_destroy(chain.certs);
	array_destroy_function(checks, (array_callback_t)auth_policy_check_destroy,
						   NULL);
	return accepted;
}

METHOD(auth_policy_enforcer_t, authorize, bool,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	enumerator_t *enumerator;
	auth_cfg_t *auth;
	chain_t chain;
	bool accepted = TRUE;

	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (accepted && enumerator->enumerate(enumerator, &auth))
	{
		chain = get_chain(auth);
		accepted = chain.suspended ||
				   judge_chain(this, settings, ike_sa, &chain);
		array_destroy(chain.certs);
	}
	enumerator->destroy(enumerator);
	if (accepted && (used_eap(ike_sa, TRUE) || used_eap(ike_sa, FALSE)))
	{
		accepted = judge_rest(this, settings, ike_sa);
	}
	this->evidence->forget(this->evidence, ike_sa->get_unique_id(ike_sa));
	options_unref(settings);
	return accepted;
}

METHOD(auth_policy_enforcer_t, verify, bool,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa, auth_cfg_t *auth,
	auth_policy_check_t *check)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	chain_t chain = get_chain(auth);
	bool accepted;

	accepted = judge(this, settings, ike_sa, &chain, check);
	array_destroy(chain.certs);
	options_unref(settings);
	return accepted;
}

static void revoked_destroy(revoked_t *revoked)
{
	auth_policy_crls_destroy(revoked->crls);
	revoked->cert->destroy(revoked->cert);
	free(revoked->peer);
	free(revoked);
}

/**
 * Job: find the CRL that lists a certificate, and report it.
 */
static job_requeue_t report_revoked(revoked_t *revoked)
{
	private_auth_policy_enforcer_t *this = revoked->this;
	auth_policy_check_t *check;

	check = auth_policy_check_create(revoked->cert, NULL, AUTH_POLICY_REVOKED,
									 revoked->crls);
	if (check->status.listed &&
		check->status.reason == CRL_REASON_CERTIFICATE_HOLD)
	{
		check->status.result = AUTH_POLICY_ON_HOLD;
	}
	this->report->revoked(this->report, check, revoked->peer);
	auth_policy_check_destroy(check);
	return JOB_REQUEUE_NONE;
}

METHOD(auth_policy_enforcer_t, revoked, void,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa, certificate_t *cert)
{
	revoked_t *revoked;

	INIT(revoked,
		.this = this,
		.cert = cert->get_ref(cert),
		.crls = this->evidence->take_crls(this->evidence,
										  ike_sa->get_unique_id(ike_sa)),
		.peer = print_peer(ike_sa),
	);
	lib->processor->queue_job(lib->processor,
		(job_t*)callback_job_create((callback_job_cb_t)report_revoked, revoked,
									(callback_job_cleanup_t)revoked_destroy,
									NULL));
}

METHOD(auth_policy_enforcer_t, get_stats, void,
	private_auth_policy_enforcer_t *this, auth_policy_stats_t *stats)
{
	this->report->get_stats(this->report, stats);
}

METHOD(auth_policy_enforcer_t, reload, void,
	private_auth_policy_enforcer_t *this)
{
	this->report->log_counters(this->report);
}

METHOD(auth_policy_enforcer_t, destroy, void,
	private_auth_policy_enforcer_t *this)
{
	this->report->log_counters(this->report);
	this->report->destroy(this->report);
	free(this);
}

/*
 * Described in header
 */
auth_policy_enforcer_t *auth_policy_enforcer_create(options_store_t *store,
											auth_policy_evidence_t *evidence)
{
	private_auth_policy_enforcer_t *this;

	INIT(this,
		.public = {
			.authorize = _authorize,
			.verify = _verify,
			.revoked = _revoked,
			.get_stats = _get_stats,
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.evidence = evidence,
		.report = auth_policy_report_create(),
	);
	return &this->public;
}
