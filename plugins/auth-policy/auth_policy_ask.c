/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_ask.h"
#include "auth_policy_evidence.h"

#include <credentials/certificates/x509.h>
#include <credentials/sets/mem_cred.h>
#include <threading/thread_value.h>

typedef struct question_t question_t;

/**
 * What a thread asks.
 */
struct question_t {
	array_t *certs;
	auth_policy_answer_t *answer;
	/** the last one that is revoked, with a reference, or NULL */
	certificate_t *revoked;
};

/**
 * The question_t of each thread that asks.
 */
static thread_value_t *asking;

void auth_policy_ask_init(void)
{
	asking = thread_value_create(NULL);
}

void auth_policy_ask_deinit(void)
{
	asking->destroy(asking);
}

/**
 * Is a certificate among those that are asked about, and not just another one
 * of the same subject?
 */
static bool is_among(array_t *certs, certificate_t *cert)
{
	certificate_t *cand;
	int i;

	for (i = 0; array_get(certs, i, &cand); i++)
	{
		if (cert->equals(cert, cand))
		{
			return TRUE;
		}
	}
	return FALSE;
}

void auth_policy_ask_found(certificate_t *subject, certificate_t *issuer,
						   auth_policy_result_t result, bool failed)
{
	question_t *question = asking->get(asking);

	if (question && is_among(question->certs, subject))
	{
		array_insert_create(&question->answer->checks, ARRAY_TAIL,
					auth_policy_check_create(subject, issuer, result, NULL));
		question->answer->failed |= failed;
	}
}

void auth_policy_ask_revoked(certificate_t *cert)
{
	question_t *question = asking->get(asking);

	if (question && is_among(question->certs, cert))
	{
		DESTROY_IF(question->revoked);
		question->revoked = cert->get_ref(cert);
	}
}

/**
 * Ask about an end entity's certificate and those above it.
 */
static void ask(question_t *question, certificate_t *cert)
{
	enumerator_t *enumerator;
	certificate_t *cand;
	auth_cfg_t *auth;
	bool found = FALSE;

	enumerator = lib->credmgr->create_trusted_enumerator(lib->credmgr, KEY_ANY,
											cert->get_subject(cert), TRUE);
	while (!found && enumerator->enumerate(enumerator, &cand, &auth))
	{
		found = cert->equals(cert, cand);
	}
	enumerator->destroy(enumerator);
	if (question->revoked)
	{
		array_insert_create(&question->answer->checks, ARRAY_TAIL,
				auth_policy_check_create(question->revoked, NULL,
										 AUTH_POLICY_REVOKED, NULL));
		DESTROY_IF(question->revoked);
		question->revoked = NULL;
	}
}

void auth_policy_ask(array_t *certs, auth_policy_answer_t *answer)
{
	question_t question = {
		.certs = certs,
		.answer = answer,
	};
	mem_cred_t *creds = mem_cred_create();
	certificate_t *cert;
	x509_t *x509;
	int i;

	*answer = (auth_policy_answer_t){};
	for (i = 0; array_get(certs, i, &cert); i++)
	{
		creds->add_cert(creds, FALSE, cert->get_ref(cert));
	}
	lib->credmgr->add_local_set(lib->credmgr, &creds->set, FALSE);
	asking->set(asking, &question);
	for (i = 0; array_get(certs, i, &cert); i++)
	{
		x509 = (x509_t*)cert;
		if (!(x509->get_flags(x509) & X509_CA))
		{
			ask(&question, cert);
		}
	}
	asking->set(asking, NULL);
	lib->credmgr->remove_local_set(lib->credmgr, &creds->set);
	creds->destroy(creds);
}
