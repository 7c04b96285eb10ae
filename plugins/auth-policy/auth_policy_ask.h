/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_ask.h
 * Has charon look at certificates as at a login, for somebody who is connected.
 *
 * So it is the plugin revocation that asks OCSP, as it is configured to, unless
 * charon has an answer that is still valid.
 */

#ifndef AUTH_POLICY_ASK_H_
#define AUTH_POLICY_ASK_H_

#include "auth_policy_check.h"

typedef struct auth_policy_answer_t auth_policy_answer_t;

/**
 * What charon has found out.
 */
struct auth_policy_answer_t {
	/** of auth_policy_check_t*; one that is revoked is the last of its chain */
	array_t *checks;
	/** did OCSP say nothing about any of them, although there is a URI? */
	bool failed;
};

/**
 * Prepare for it, before a validator is added.
 */
void auth_policy_ask_init(void);

/**
 * Release what that took.
 */
void auth_policy_ask_deinit(void);

/**
 * Ask charon about the certificates of a peer. May take as long as a login.
 *
 * @param certs			array of certificate_t*, those it has shown
 * @param answer		gets what is found; the checks are to be destroyed
 */
void auth_policy_ask(array_t *certs, auth_policy_answer_t *answer);

/**
 * Charon has looked at a certificate, for the validator if that isn't for an
 * IKE_SA; nothing happens if this thread doesn't ask.
 *
 * @param result		what it has found out
 * @param failed		did OCSP say nothing, although there is a URI?
 */
void auth_policy_ask_found(certificate_t *subject, certificate_t *issuer,
						   auth_policy_result_t result, bool failed);

/**
 * Charon has refused a certificate, as it is revoked; likewise. For bus hooks.
 */
void auth_policy_ask_revoked(certificate_t *cert);

#endif /** AUTH_POLICY_ASK_H_ */
