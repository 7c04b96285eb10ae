/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_validator.h"
#include "auth_policy_ask.h"

#include <daemon.h>

typedef struct private_auth_policy_validator_t private_auth_policy_validator_t;

struct private_auth_policy_validator_t {
	auth_policy_validator_t public;
	auth_policy_evidence_t *evidence;
	auth_policy_enforcer_t *enforcer;
};

/**
 * Get what the plugin revocation found out about a certificate.
 *
 * It adds an OCSP result for each certificate it looks at, from the end entity
 * up, and thereafter one or two CRL results, which account for OCSP as well.
 */
static auth_policy_result_t get_result(auth_cfg_t *auth, u_int pathlen)
{
	enumerator_t *enumerator;
	auth_rule_t rule;
	uintptr_t value;
	u_int checked = 0;
	auth_policy_result_t result = AUTH_POLICY_UNCHECKED;

	enumerator = auth->create_enumerator(auth);
	while (enumerator->enumerate(enumerator, &rule, &value))
	{
		if (rule == AUTH_RULE_OCSP_VALIDATION)
		{
			checked++;
		}
		else if (rule == AUTH_RULE_CRL_VALIDATION)
		{
			result = value;
		}
	}
	enumerator->destroy(enumerator);
	return checked == pathlen + 1 ? result : AUTH_POLICY_UNCHECKED;
}

/**
 * Did OCSP say nothing about the certificate that was looked at last?
 */
static bool has_ocsp_failed(auth_cfg_t *auth)
{
	enumerator_t *enumerator;
	auth_rule_t rule;
	uintptr_t value;
	bool failed = FALSE;

	enumerator = auth->create_enumerator(auth);
	while (enumerator->enumerate(enumerator, &rule, &value))
	{
		if (rule == AUTH_RULE_OCSP_VALIDATION)
		{
			failed = value == VALIDATION_FAILED || value == VALIDATION_STALE;
		}
	}
	enumerator->destroy(enumerator);
	return failed;
}

/**
 * Are we about to log in with EAP, be it that the peer has authenticated
 * itself before or that it does so within EAP?
 */
static bool is_eap_client(ike_sa_t *ike_sa)
{
	auth_cfg_t *auth = ike_sa->get_auth_cfg(ike_sa, TRUE);

	return ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR) &&
		   (uintptr_t)auth->get(auth, AUTH_RULE_AUTH_CLASS) == AUTH_CLASS_EAP;
}

METHOD(cert_validator_t, validate_online, bool,
	private_auth_policy_validator_t *this, certificate_t *subject,
	certificate_t *issuer, u_int pathlen, bool anchor, auth_cfg_t *auth)
{
	ike_sa_t *ike_sa = charon->bus->get_sa(charon->bus);
	auth_policy_result_t result;
	auth_policy_check_t *check;
	uint32_t unique_id;
	array_t *crls;
	bool established, accepted = TRUE;

	if (subject->get_type(subject) != CERT_X509 ||
		issuer->get_type(issuer) != CERT_X509)
	{
		return TRUE;
	}
	result = get_result(auth, pathlen);
	if (!ike_sa)
	{
		auth_policy_ask_found(subject, issuer, result, has_ocsp_failed(auth));
		return TRUE;
	}
	unique_id = ike_sa->get_unique_id(ike_sa);
	crls = this->evidence->take_crls(this->evidence, unique_id);
	check = auth_policy_check_create(subject, issuer, result, crls);
	auth_policy_crls_destroy(crls);

	/* the connection may still change while it is authenticated, so that waits
	 * until it is authorized. Later on, it is the peer's certificate that is
	 * verified again after make-before-break; and a server in EAP-TTLS asks for
	 * a password before anybody is authorized */
	established = ike_sa->has_condition(ike_sa, COND_AUTHENTICATED);
	if (established || is_eap_client(ike_sa))
	{
		accepted = this->enforcer->verify(this->enforcer, ike_sa, auth, check);
	}
	if (established || !accepted)
	{
		auth_policy_check_destroy(check);
	}
	else
	{
		this->evidence->add_check(this->evidence, unique_id, check);
	}
	return accepted;
}

METHOD(auth_policy_validator_t, destroy, void,
	private_auth_policy_validator_t *this)
{
	free(this);
}

auth_policy_validator_t *auth_policy_validator_create(
										auth_policy_evidence_t *evidence,
										auth_policy_enforcer_t *enforcer)
{
	private_auth_policy_validator_t *this;

	INIT(this,
		.public = {
			.validator = {
				.validate_online = _validate_online,
			},
			.destroy = _destroy,
		},
		.evidence = evidence,
		.enforcer = enforcer,
	);
	return &this->public;
}
