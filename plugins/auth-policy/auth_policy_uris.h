/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_uris.h
 * Where the status of a certificate can be had.
 */

#ifndef AUTH_POLICY_URIS_H_
#define AUTH_POLICY_URIS_H_

#include <credentials/certificates/certificate.h>

/**
 * Called for each URI.
 *
 * @param uri			of a CRL, or of an OCSP responder
 * @param ocsp			whether it is the latter
 * @param foreign		whether it is that of a CRL which somebody else than the
 *						certificate's issuer signs
 */
typedef void (*auth_policy_uris_cb_t)(void *data, const char *uri, bool ocsp,
									  bool foreign);

/**
 * Visit the URIs that there are for a certificate: those configured for its
 * issuer, which the plugin revocation asks for by its key identifiers, then its
 * own. Asks the credential sets if an issuer is given, so it isn't for bus
 * hooks then.
 *
 * @param cert			X.509 certificate
 * @param issuer		its issuer, NULL for the URIs of the certificate alone
 */
void auth_policy_uris_visit(certificate_t *cert, certificate_t *issuer,
							auth_policy_uris_cb_t cb, void *data);

#endif /** AUTH_POLICY_URIS_H_ */
