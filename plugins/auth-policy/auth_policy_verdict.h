/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_verdict.h
 * Whether a certificate is accepted, by what is known about its revocation.
 */

#ifndef AUTH_POLICY_VERDICT_H_
#define AUTH_POLICY_VERDICT_H_

#include "auth_policy_settings.h"

#include <credentials/certificates/certificate.h>

typedef struct auth_policy_status_t auth_policy_status_t;
typedef enum auth_policy_result_t auth_policy_result_t;
typedef enum auth_policy_verdict_t auth_policy_verdict_t;

/**
 * What charon found out about a certificate, as cert_validation_t has it.
 */
enum auth_policy_result_t {
	/** not revoked, by a CRL or OCSP response that is valid now */
	AUTH_POLICY_GOOD = VALIDATION_GOOD,
	/** no CRL and no URI to fetch one or ask OCSP; else it is unchecked */
	AUTH_POLICY_SKIPPED = VALIDATION_SKIPPED,
	/** not revoked, by a CRL or OCSP response that has expired */
	AUTH_POLICY_STALE = VALIDATION_STALE,
	/** nothing usable was found at the URIs */
	AUTH_POLICY_FAILED = VALIDATION_FAILED,
	/** on hold, by a CRL or OCSP response */
	AUTH_POLICY_ON_HOLD = VALIDATION_ON_HOLD,
	/** revoked, by a CRL or OCSP response */
	AUTH_POLICY_REVOKED = VALIDATION_REVOKED,
	/** nobody checked: plugin revocation isn't there, has it disabled or leaves
	 * out a CRL that was loaded, or the certificate's issuer isn't known */
	AUTH_POLICY_UNCHECKED,

	AUTH_POLICY_RESULTS
};

/**
 * What is known about a certificate.
 */
struct auth_policy_status_t {
	auth_policy_result_t result;
	/** is there an URI or a CRL to learn the status from? */
	bool uri;
	/** is there a CRL that the issuer signed? What follows is about the newest,
	 * delta CRLs aside, or about the one by which it is revoked */
	bool crl;
	/** whether it lists the certificate, since when, with which crl_reason_t */
	bool listed;
	time_t revocation;
	int reason;
	/** when it was issued, and when the next one was due */
	time_t this_update;
	time_t next_update;
	/** is there a CRL of the issuer that somebody else signed? */
	bool bad_signature;
};

enum auth_policy_verdict_t {
	AUTH_POLICY_ACCEPT,
	/** accept, as the CRL expired only recently */
	AUTH_POLICY_GRACE,
	AUTH_POLICY_REFUSE,
};

/**
 * Decide about a certificate.
 *
 * @param status		what is known about it
 * @param terms			terms that apply to the peer
 * @param now			current time
 */
auth_policy_verdict_t auth_policy_judge(const auth_policy_status_t *status,
										const auth_policy_terms_t *terms,
										time_t now);

/**
 * Say why a certificate isn't good.
 *
 * @param status		what is known about it
 * @param buf			gets the text
 * @param len			size of buf
 */
void auth_policy_explain(const auth_policy_status_t *status, char *buf,
						 size_t len);

#endif /** AUTH_POLICY_VERDICT_H_ */
