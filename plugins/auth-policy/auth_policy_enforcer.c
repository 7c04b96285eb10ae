/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_enforcer.h"
#include "auth_policy_ask.h"
#include "auth_policy_rules.h"

#include <time.h>

#include <daemon.h>
#include <peer_identity.h>
#include <processing/jobs/callback_job.h>

typedef struct private_auth_policy_enforcer_t private_auth_policy_enforcer_t;
typedef struct chain_t chain_t;
typedef struct case_t case_t;
typedef struct revoked_t revoked_t;

struct private_auth_policy_enforcer_t {
	auth_policy_enforcer_t public;
	options_store_t *store;
	auth_policy_evidence_t *evidence;
	auth_policy_blocks_t *blocks;
	auth_policy_report_t *report;
	auth_policy_recheck_t *recheck;
};

/**
 * A trust chain, from the end entity up.
 */
struct chain_t {
	/** of certificate_t*, not referenced, NULL if there are none */
	array_t *certs;
	/** is the last one a trust anchor? */
	bool anchored;
	/** are these certificates to be verified later on? */
	bool suspended;
};

/**
 * A peer to decide about.
 */
struct case_t {
	/** settings in force, not referenced */
	auth_policy_settings_t *settings;
	ike_sa_t *ike_sa;
	/** is it decided for good? */
	bool final;
	/** who it is; groups, which are CAs, are set for each certificate */
	peer_facts_t peer;
	/** of auth_policy_check_t*, what is known about its certificates */
	array_t *checks;
};

/**
 * A certificate that charon refused.
 */
struct revoked_t {
	private_auth_policy_enforcer_t *this;
	certificate_t *cert;
	array_t *crls;
	auth_policy_who_t *peer;
};

/**
 * Get the trust chain by which a peer was authenticated; it is empty if that
 * wasn't with an X.509 certificate.
 */
static chain_t get_chain(auth_cfg_t *auth)
{
	chain_t chain = {};
	enumerator_t *enumerator;
	certificate_t *cert;
	auth_rule_t rule;
	void *value;

	enumerator = auth->create_enumerator(auth);
	while (enumerator->enumerate(enumerator, &rule, &value))
	{
		switch (rule)
		{
			case AUTH_RULE_SUBJECT_CERT:
			case AUTH_RULE_IM_CERT:
			case AUTH_RULE_CA_CERT:
				cert = value;
				if (cert->get_type(cert) == CERT_X509)
				{
					array_insert_create(&chain.certs, ARRAY_TAIL, cert);
					chain.anchored = rule == AUTH_RULE_CA_CERT;
				}
				break;
			case AUTH_RULE_CERT_VALIDATION_SUSPENDED:
				chain.suspended = value;
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
	return chain;
}

/**
 * Add a name, as it is printed in the log.
 */
static void add_name(array_t *names, identification_t *id)
{
	array_insert(names, ARRAY_TAIL, peer_identity_print(id));
}

/**
 * May the connection and the identity by which a rule is chosen still change?
 * Not if we initiated, unless the peer has yet to log in with XAuth.
 */
static bool is_open(ike_sa_t *ike_sa)
{
	peer_cfg_t *peer_cfg = ike_sa->get_peer_cfg(ike_sa);
	enumerator_t *enumerator;
	auth_cfg_t *auth;
	bool open;

	open = !ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR);
	enumerator = peer_cfg->create_auth_cfg_enumerator(peer_cfg, FALSE);
	while (!open && enumerator->enumerate(enumerator, &auth))
	{
		open = (uintptr_t)auth->get(auth,
								AUTH_RULE_AUTH_CLASS) == AUTH_CLASS_XAUTH;
	}
	enumerator->destroy(enumerator);
	return open;
}

/**
 * Start to decide about a peer.
 *
 * @param final			is it authenticated completely?
 */
static void case_init(case_t *this, auth_policy_settings_t *settings,
					  ike_sa_t *ike_sa, bool final)
{
	*this = (case_t){
		.settings = settings,
		.ike_sa = ike_sa,
		.final = final,
		.peer = {
			.connection = !final && is_open(ike_sa) ? NULL :
													  ike_sa->get_name(ike_sa),
		},
	};
}

/**
 * Get the names of the peer, once there is a certificate to decide about.
 */
static void case_get_names(case_t *this)
{
	enumerator_t *enumerator;
	identification_t *id;
	auth_cfg_t *auth;

	if (this->peer.names)
	{
		return;
	}
	this->peer.names = array_create(0, 0);
	id = peer_identity_get(this->ike_sa);
	this->peer.id = peer_identity_print(id);
	id->destroy(id);
	/* this round's, unless it is done, and those before */
	auth_policy_add_names(this->peer.names,
						  this->ike_sa->get_auth_cfg(this->ike_sa, FALSE));
	enumerator = this->ike_sa->create_auth_cfg_enumerator(this->ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &auth))
	{
		auth_policy_add_names(this->peer.names, auth);
	}
	enumerator->destroy(enumerator);
}

static void case_clear(case_t *this)
{
	auth_policy_checks_destroy(this->checks);
	peer_facts_clear(&this->peer);
}

/**
 * Decide about a certificate of a chain, and report it; what isn't final yet
 * only if it is refused.
 */
static bool judge(private_auth_policy_enforcer_t *this, case_t *c,
				  chain_t *chain, auth_policy_check_t *check)
{
	auth_policy_verdict_t verdict;
	auth_policy_rule_t *rule;
	auth_policy_who_t *peer;
	certificate_t *cert;
	int i;

	case_get_names(c);
	c->peer.groups = array_create(0, 0);
	for (i = 0; array_get(chain->certs, i, &cert); i++)
	{
		add_name(c->peer.groups, cert->get_issuer(cert));
	}
	verdict = auth_policy_rules_judge(c->settings, &c->peer, &check->status,
									  time(NULL), &rule);
	array_destroy_function(c->peer.groups, (array_callback_t)free, NULL);
	c->peer.groups = NULL;
	if (c->final || verdict == AUTH_POLICY_REFUSE)
	{
		peer = auth_policy_who_create(c->ike_sa);
		this->report->judged(this->report, check,
						rule ? &rule->terms : &c->settings->terms, rule,
						verdict, peer);
		auth_policy_who_destroy(peer);
	}
	return verdict != AUTH_POLICY_REFUSE;
}

/**
 * Decide about a certificate by the check there is.
 */
static bool judge_cert(private_auth_policy_enforcer_t *this, case_t *c,
					   chain_t *chain, certificate_t *cert)
{
	auth_policy_check_t *check;

	check = auth_policy_checks_find(c->checks, cert);
	if (!check)
	{
		check = auth_policy_check_create_unchecked(cert);
		array_insert_create(&c->checks, ARRAY_TAIL, check);
	}
	check->judged = TRUE;
	return judge(this, c, chain, check);
}

/**
 * Decide about the certificates of a round, up to the first that is refused.
 */
static bool judge_round(private_auth_policy_enforcer_t *this, case_t *c,
						auth_cfg_t *auth)
{
	chain_t chain = get_chain(auth);
	certificate_t *cert;
	int i, count = array_count(chain.certs);
	bool accepted = TRUE;

	for (i = 0; i < count && accepted && !chain.suspended; i++)
	{
		array_get(chain.certs, i, &cert);
		/* nobody can revoke what is trusted for its own sake */
		if (i == count - 1 && (chain.anchored ||
							   cert->has_issuer(cert, cert->get_subject(cert))))
		{
			break;
		}
		accepted = judge_cert(this, c, &chain, cert);
	}
	array_destroy(chain.certs);
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
 * Did either side use EAP, by which a peer may have shown certificates that
 * aren't among those it was authenticated with?
 */
static bool any_used_eap(ike_sa_t *ike_sa)
{
	return used_eap(ike_sa, TRUE) || used_eap(ike_sa, FALSE);
}

/**
 * Is a peer one that isn't blocked?
 */
static bool admit(private_auth_policy_enforcer_t *this, case_t *c)
{
	auth_policy_person_t *person;
	auth_policy_check_t *check;
	int i;

	if (!c->final && this->blocks->is_empty(this->blocks))
	{
		return TRUE;
	}
	person = auth_policy_person_create(c->ike_sa);
	for (i = 0; any_used_eap(c->ike_sa) && array_get(c->checks, i, &check); i++)
	{
		auth_policy_person_add_cert(person, check->cert);
	}
	return this->blocks->admit(this->blocks, c->ike_sa, person, c->final);
}

/**
 * Is a peer one that isn't blocked, now that it has shown a certificate?
 *
 * @param auth			the round in which it did
 */
static bool admit_cert(private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa,
					   auth_cfg_t *auth, certificate_t *cert)
{
	auth_policy_person_t *person;

	if (this->blocks->is_empty(this->blocks))
	{
		return TRUE;
	}
	person = auth_policy_person_create(ike_sa);
	auth_policy_person_add(person, auth);
	auth_policy_person_add_cert(person, cert);
	return this->blocks->admit(this->blocks, ike_sa, person, FALSE);
}

/**
 * Decide about certificates that were checked for an IKE_SA but aren't among
 * those it was authenticated with.
 *
 * As EAP client, charon doesn't say with which certificate the server
 * authenticated, and not all methods say so as a server. Without EAP, it is
 * only certificates of the same identity that turned out to be others.
 */
static bool judge_rest(private_auth_policy_enforcer_t *this, case_t *c)
{
	chain_t chain = {};
	auth_policy_check_t *check;
	bool accepted = TRUE;
	int i;

	for (i = 0; array_get(c->checks, i, &check); i++)
	{
		if (!check->judged)
		{
			array_insert_create(&chain.certs, ARRAY_TAIL, check->cert);
			case_get_names(c);
			auth_policy_add_subjects(c->peer.names, check->cert);
		}
	}
	for (i = 0; accepted && array_get(c->checks, i, &check); i++)
	{
		accepted = check->judged || judge(this, c, &chain, check);
	}
	array_destroy(chain.certs);
	return accepted;
}

/**
 * Decide about all certificates of a peer, up to the first that is refused.
 */
static bool judge_all(private_auth_policy_enforcer_t *this, case_t *c)
{
	enumerator_t *enumerator;
	auth_cfg_t *auth;
	bool accepted;

	/* a round isn't among the others yet when it is authorized */
	accepted = c->final || judge_round(this, c,
								c->ike_sa->get_auth_cfg(c->ike_sa, FALSE));
	enumerator = c->ike_sa->create_auth_cfg_enumerator(c->ike_sa, FALSE);
	while (accepted && enumerator->enumerate(enumerator, &auth))
	{
		accepted = judge_round(this, c, auth);
	}
	enumerator->destroy(enumerator);
	if (accepted && c->final && array_count(c->checks) &&
		any_used_eap(c->ike_sa))
	{
		accepted = judge_rest(this, c);
	}
	return accepted;
}

/**
 * Keep what is known about certificates for the next round.
 */
static void keep_checks(private_auth_policy_enforcer_t *this, case_t *c)
{
	auth_policy_check_t *check;
	int i;

	for (i = 0; array_get(c->checks, i, &check); i++)
	{
		check->judged = FALSE;
	}
	this->evidence->put_checks(this->evidence,
							   c->ike_sa->get_unique_id(c->ike_sa), c->checks);
	c->checks = NULL;
}

METHOD(listener_t, authorize, bool,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	case_t c;
	bool accepted;

	case_init(&c, settings, ike_sa, final);
	c.checks = this->evidence->take_checks(this->evidence, unique_id);
	accepted = admit(this, &c) && judge_all(this, &c);
	if (accepted && !final)
	{
		keep_checks(this, &c);
	}
	else
	{
		this->evidence->forget(this->evidence, unique_id);
	}
	if (accepted && final)
	{
		this->recheck->added(this->recheck, unique_id);
	}
	case_clear(&c);
	options_unref(settings);
	if (!accepted)
	{
		*success = FALSE;
	}
	return TRUE;
}

METHOD(auth_policy_enforcer_t, verify, bool,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa, auth_cfg_t *auth,
	auth_policy_check_t *check)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	chain_t chain = get_chain(auth);
	case_t c;
	bool accepted;

	case_init(&c, settings, ike_sa,
			  ike_sa->has_condition(ike_sa, COND_AUTHENTICATED));
	case_get_names(&c);
	auth_policy_add_names(c.peer.names, auth);
	accepted = admit_cert(this, ike_sa, auth, check->cert) &&
			   judge(this, &c, &chain, check);
	case_clear(&c);
	array_destroy(chain.certs);
	options_unref(settings);
	return accepted;
}

static void revoked_destroy(revoked_t *revoked)
{
	auth_policy_crls_destroy(revoked->crls);
	revoked->cert->destroy(revoked->cert);
	auth_policy_who_destroy(revoked->peer);
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
	this->report->revoked(this->report, check, revoked->peer);
	auth_policy_check_destroy(check);
	return JOB_REQUEUE_NONE;
}

METHOD(listener_t, alert, bool,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	certificate_t *cert;
	revoked_t *revoked;

	if (alert != ALERT_CERT_REVOKED)
	{
		return TRUE;
	}
	cert = va_arg(args, certificate_t*);
	if (!ike_sa)
	{
		auth_policy_ask_revoked(cert);
		return TRUE;
	}
	INIT(revoked,
		.this = this,
		.cert = cert->get_ref(cert),
		.crls = this->evidence->take_crls(this->evidence,
										  ike_sa->get_unique_id(ike_sa)),
		.peer = auth_policy_who_create(ike_sa),
	);
	lib->processor->queue_job(lib->processor,
		(job_t*)callback_job_create((callback_job_cb_t)report_revoked, revoked,
									(callback_job_cleanup_t)revoked_destroy,
									NULL));
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_auth_policy_enforcer_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		this->evidence->forget(this->evidence, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
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
	free(this);
}

auth_policy_enforcer_t *auth_policy_enforcer_create(options_store_t *store,
											auth_policy_evidence_t *evidence,
											auth_policy_blocks_t *blocks,
											auth_policy_report_t *report,
											auth_policy_recheck_t *recheck)
{
	private_auth_policy_enforcer_t *this;

	INIT(this,
		.public = {
			.listener = {
				.authorize = _authorize,
				.alert = _alert,
				.ike_state_change = _ike_state_change,
			},
			.verify = _verify,
			.get_stats = _get_stats,
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.evidence = evidence,
		.blocks = blocks,
		.report = report,
		.recheck = recheck,
	);
	return &this->public;
}
