/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_lists.h
 * CRLs while many certificates are looked up in them: each is verified and read
 * once, as it may have 100,000 entries and several megabytes.
 */

#ifndef AUTH_POLICY_LISTS_H_
#define AUTH_POLICY_LISTS_H_

#include <credentials/certificates/crl.h>

typedef struct auth_policy_lists_t auth_policy_lists_t;
typedef struct auth_policy_entry_t auth_policy_entry_t;

/**
 * An entry of a CRL.
 */
struct auth_policy_entry_t {
	/** without leading zeros */
	chunk_t serial;
	time_t revocation;
	crl_reason_t reason;
};

/**
 * For one thread at a time.
 */
struct auth_policy_lists_t {

	/**
	 * Has an issuer signed a CRL? Charon's cache isn't asked, as what an
	 * operator has flushed from it would be there again.
	 */
	bool (*is_issued)(auth_policy_lists_t *this, crl_t *crl,
					  certificate_t *issuer);

	/**
	 * Find the entry of a certificate.
	 *
	 * @param serial		as the certificate has it
	 * @return				NULL if it isn't listed
	 */
	const auth_policy_entry_t *(*find)(auth_policy_lists_t *this, crl_t *crl,
									   chunk_t serial);

	/**
	 * Destroy an auth_policy_lists_t.
	 */
	void (*destroy)(auth_policy_lists_t *this);
};

/**
 * Create it, without any.
 */
auth_policy_lists_t *auth_policy_lists_create(void);

#endif /** AUTH_POLICY_LISTS_H_ */
