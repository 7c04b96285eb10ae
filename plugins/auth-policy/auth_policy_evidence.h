/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_evidence.h
 * What was collected for each IKE_SA that is being authenticated.
 */

#ifndef AUTH_POLICY_EVIDENCE_H_
#define AUTH_POLICY_EVIDENCE_H_

#include "auth_policy_check.h"

typedef struct auth_policy_evidence_t auth_policy_evidence_t;

/**
 * Certificates that are checked for an IKE_SA at most; a peer may have several
 * and each its chain. What goes beyond counts as unchecked.
 */
#define AUTH_POLICY_CHECKS_MAX 64

/**
 * CRLs that are kept for a check at most; the last ones are.
 */
#define AUTH_POLICY_CRLS_MAX 8

/**
 * A table by unique ID of the IKE_SA. Thread-safe, and safe in bus hooks.
 */
struct auth_policy_evidence_t {

	/**
	 * Add a CRL that was loaded on behalf of an IKE_SA.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param crl			CRL, gets a reference
	 */
	void (*add_crl)(auth_policy_evidence_t *this, uint32_t unique_id,
					certificate_t *crl);

	/**
	 * Take the CRLs of an IKE_SA off the table.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				array of certificate_t*, NULL if there are none;
	 *						destroy with auth_policy_crls_destroy()
	 */
	array_t *(*take_crls)(auth_policy_evidence_t *this, uint32_t unique_id);

	/**
	 * Add a check of a certificate; an older one of the same is replaced.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param check			check, adopted
	 */
	void (*add_check)(auth_policy_evidence_t *this, uint32_t unique_id,
					  auth_policy_check_t *check);

	/**
	 * Take the checks of an IKE_SA off the table.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				array of auth_policy_check_t*, NULL if there are
	 *						none; destroy with auth_policy_checks_destroy()
	 */
	array_t *(*take_checks)(auth_policy_evidence_t *this, uint32_t unique_id);

	/**
	 * Put checks back that were taken off the table.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param checks		array of auth_policy_check_t*, or NULL; adopted
	 */
	void (*put_checks)(auth_policy_evidence_t *this, uint32_t unique_id,
					   array_t *checks);

	/**
	 * Forget an IKE_SA.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*forget)(auth_policy_evidence_t *this, uint32_t unique_id);

	/**
	 * Destroy an auth_policy_evidence_t.
	 */
	void (*destroy)(auth_policy_evidence_t *this);
};

/**
 * Create an empty table.
 */
auth_policy_evidence_t *auth_policy_evidence_create(void);

/**
 * Find the check of a certificate.
 *
 * @param checks			array of auth_policy_check_t*, or NULL
 * @param cert				certificate
 * @return					check, NULL if there is none
 */
auth_policy_check_t *auth_policy_checks_find(array_t *checks,
											 certificate_t *cert);

/**
 * Destroy an array of checks.
 *
 * @param checks			array of auth_policy_check_t*, or NULL
 */
void auth_policy_checks_destroy(array_t *checks);

/**
 * Destroy an array of CRLs.
 *
 * @param crls				array of certificate_t*, or NULL
 */
void auth_policy_crls_destroy(array_t *crls);

#endif /** AUTH_POLICY_EVIDENCE_H_ */
