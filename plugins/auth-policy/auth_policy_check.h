/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_check.h
 * What was found out about a certificate's revocation, and how.
 */

#ifndef AUTH_POLICY_CHECK_H_
#define AUTH_POLICY_CHECK_H_

#include "auth_policy_lists.h"
#include "auth_policy_verdict.h"

#include <collections/array.h>

typedef struct auth_policy_check_t auth_policy_check_t;

/**
 * What was found out about a certificate. Plain data once it is created.
 */
struct auth_policy_check_t {
	/** the certificate */
	certificate_t *cert;
	/** what is known about it; only the result if that is good */
	auth_policy_status_t status;
	/** where a CRL or OCSP response was looked for, for the log; NULL if the
	 * result is good */
	char *tried;
	/** was it judged, so that nobody has to do so again? Not set here */
	bool judged;
};

/**
 * Look at the CRLs and URIs there are for a certificate.
 *
 * Asks the credential sets, so it isn't for bus hooks: they may be locked
 * while somebody fetches something.
 *
 * @param cert			X.509 certificate, gets a reference
 * @param issuer		its issuer, NULL if it isn't at hand: signatures of
 *						CRLs aren't checked then
 * @param result		what charon found out
 * @param crls			array of certificate_t*, CRLs that were fetched for it,
 *						NULL if there are none
 */
auth_policy_check_t *auth_policy_check_create(certificate_t *cert,
											  certificate_t *issuer,
											  auth_policy_result_t result,
											  array_t *crls);

/**
 * Look again whether a certificate is revoked, at the CRLs at hand: delta CRLs
 * count, too, and none that isn't valid yet. Not for bus hooks, as above.
 *
 * @param cert			X.509 certificate, gets a reference
 * @param issuer		its issuer
 * @param crls			array of certificate_t*, CRLs to look at too, or NULL
 * @param lists			CRLs that were looked at for others
 * @return				result is failed unless it is revoked or on hold
 */
auth_policy_check_t *auth_policy_check_create_again(certificate_t *cert,
													certificate_t *issuer,
													array_t *crls,
													auth_policy_lists_t *lists);

/**
 * The same, and judge by these CRLs whether its status is known: the result is
 * good or stale, or what a CRL is missing for. Not for bus hooks.
 */
auth_policy_check_t *auth_policy_check_create_at_hand(certificate_t *cert,
												certificate_t *issuer,
												auth_policy_lists_t *lists);

/**
 * Create a check for a certificate that charon didn't check.
 *
 * @param cert			X.509 certificate, gets a reference
 */
auth_policy_check_t *auth_policy_check_create_unchecked(certificate_t *cert);

/**
 * Find the certificate of the CA that issued one: among those that a peer has
 * shown, else among those that are trusted. Not for bus hooks.
 *
 * @param certs			array of certificate_t*
 * @return				with a reference; NULL if there is none, or if it is a
 *						root, which nobody can revoke
 */
certificate_t *auth_policy_find_issuer(array_t *certs, certificate_t *cert);

/**
 * Destroy an auth_policy_check_t.
 */
void auth_policy_check_destroy(auth_policy_check_t *this);

#endif /** AUTH_POLICY_CHECK_H_ */
