/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_capture.h
 * Sees each CRL that is loaded, be it while an IKE_SA is authenticated.
 *
 * The plugin revocation doesn't have a CRL cached that has expired, and the
 * cache of trust relations, where it may be found, has few places and can be
 * disabled. As a builder for CRLs that has the other builders do the work, we
 * get each of them to see.
 */

#ifndef AUTH_POLICY_CAPTURE_H_
#define AUTH_POLICY_CAPTURE_H_

#include "auth_policy_evidence.h"

#include <credentials/credential_factory.h>

/**
 * Start to capture CRLs.
 *
 * @param evidence		where to add them to
 */
void auth_policy_capture_init(auth_policy_evidence_t *evidence);

/**
 * Have a function called for each CRL that is loaded.
 *
 * @param loaded		function, NULL for none; login is whether it was fetched
 *						for one
 * @param data			passed to it
 */
void auth_policy_capture_watch(void (*loaded)(void *data, certificate_t *crl,
											  bool login), void *data);

/**
 * Build a CRL without capturing it.
 *
 * @param type			CERT_X509_CRL
 * @param part			what it is built from
 * @param blob			likewise
 * @return				CRL, NULL if it isn't one
 */
certificate_t *auth_policy_capture_build(certificate_type_t type,
										 builder_part_t part, chunk_t blob);

/**
 * Stop to capture CRLs.
 */
void auth_policy_capture_deinit(void);

/**
 * Implementation of builder_function_t for CERT_X509_CRL.
 *
 * @param type			type of certificate
 * @param args			builder_part_t with their arguments
 * @return				CRL, NULL to have others build it
 */
certificate_t *auth_policy_capture_load(certificate_type_t type, va_list args);

#endif /** AUTH_POLICY_CAPTURE_H_ */
