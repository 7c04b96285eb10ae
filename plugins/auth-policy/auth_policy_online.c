/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_online.h"
#include "auth_policy_ask.h"
#include "auth_policy_evidence.h"
#include "auth_policy_rules.h"

#include <peer_identity.h>

#include <time.h>

typedef struct private_auth_policy_online_t private_auth_policy_online_t;

struct private_auth_policy_online_t {
	auth_policy_online_t public;
	options_store_t *store;
	auth_policy_sessions_t *sessions;
	auth_policy_report_t *report;
};

/**
 * Add what is at hand about the certificates that charon wasn't asked about.
 */
static void add_at_hand(array_t **checks, const auth_policy_session_t *session,
						auth_policy_lists_t *lists)
{
	certificate_t *cert, *issuer;
	int i;

	for (i = 0; array_get(session->certs, i, &cert); i++)
	{
		issuer = auth_policy_find_issuer(session->certs, cert);
		if (issuer && !auth_policy_checks_find(*checks, cert))
		{
			array_insert_create(checks, ARRAY_TAIL,
						auth_policy_check_create_at_hand(cert, issuer,
														 lists));
		}
		DESTROY_IF(issuer);
	}
}

/**
 * Get what a rule is chosen by. The names are the session's.
 */
static void get_facts(const auth_policy_session_t *session, peer_facts_t *peer)
{
	certificate_t *cert;
	int i;

	*peer = (peer_facts_t){
		.connection = session->who->connection,
		.id = peer_identity_print(session->who->id),
		.names = session->names,
	};
	for (i = 0; array_get(session->certs, i, &cert); i++)
	{
		array_insert_create(&peer->groups, ARRAY_TAIL,
							peer_identity_print(cert->get_issuer(cert)));
	}
}

/**
 * Have a session closed.
 *
 * @param rule			the one that refuses the certificate, NULL for none
 */
static void refuse(private_auth_policy_online_t *this, uint32_t unique_id,
				   const auth_policy_session_t *session,
				   const auth_policy_check_t *check,
				   const auth_policy_terms_t *terms,
				   const auth_policy_rule_t *rule)
{
	/* another thread may be as far */
	if (this->sessions->close(this->sessions, unique_id, NULL))
	{
		this->report->judged(this->report, check, terms, rule,
							 AUTH_POLICY_REFUSE, session->who);
	}
}

METHOD(auth_policy_online_t, judge, bool,
	private_auth_policy_online_t *this, uint32_t unique_id,
	const auth_policy_session_t *session, bool ask, auth_policy_lists_t *lists)
{
	auth_policy_settings_t *settings = this->store->get(this->store);
	auth_policy_answer_t answer = {};
	auth_policy_verdict_t verdict = AUTH_POLICY_ACCEPT;
	auth_policy_rule_t *rule;
	auth_policy_check_t *check;
	peer_facts_t peer;
	int i;

	if (ask)
	{
		auth_policy_ask(session->certs, &answer);
	}
	add_at_hand(&answer.checks, session, lists);
	get_facts(session, &peer);
	for (i = 0; verdict != AUTH_POLICY_REFUSE &&
				array_get(answer.checks, i, &check); i++)
	{
		verdict = auth_policy_rules_judge(settings, &peer, &check->status,
										  time(NULL), &rule);
		if (check->status.result != AUTH_POLICY_REVOKED &&
			check->status.result != AUTH_POLICY_ON_HOLD &&
			settings->on_outage == AUTH_POLICY_KEEP)
		{	/* an outage isn't a revocation */
			verdict = AUTH_POLICY_ACCEPT;
		}
		if (verdict == AUTH_POLICY_REFUSE)
		{
			refuse(this, unique_id, session, check,
				   rule ? &rule->terms : &settings->terms, rule);
		}
	}
	free(peer.id);
	array_destroy_function(peer.groups, (array_callback_t)free, NULL);
	auth_policy_checks_destroy(answer.checks);
	options_unref(settings);
	return !answer.failed;
}

METHOD(auth_policy_online_t, destroy, void,
	private_auth_policy_online_t *this)
{
	free(this);
}

auth_policy_online_t *auth_policy_online_create(options_store_t *store,
											auth_policy_sessions_t *sessions,
											auth_policy_report_t *report)
{
	private_auth_policy_online_t *this;

	INIT(this,
		.public = {
			.judge = _judge,
			.destroy = _destroy,
		},
		.store = store,
		.sessions = sessions,
		.report = report,
	);
	return &this->public;
}
