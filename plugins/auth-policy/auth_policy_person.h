/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_person.h
 * All that a peer is: its names, its certificates, and where it is.
 */

#ifndef AUTH_POLICY_PERSON_H_
#define AUTH_POLICY_PERSON_H_

#include <collections/array.h>
#include <credentials/certificates/certificate.h>
#include <crypto/hashers/hasher.h>
#include <networking/host.h>
#include <sa/ike_sa.h>

typedef struct auth_policy_person_t auth_policy_person_t;
typedef struct auth_policy_shown_t auth_policy_shown_t;

/**
 * A certificate, and its fingerprints once they are asked for.
 */
struct auth_policy_shown_t {
	certificate_t *cert;
	u_char sha1[HASH_SIZE_SHA1];
	u_char sha256[HASH_SIZE_SHA256];
	bool has_sha1;
	bool has_sha256;
};

/**
 * What blocks are compared with. Members may be NULL.
 */
struct auth_policy_person_t {
	/** its address */
	host_t *host;
	/** of char*, each name it gave or has in a certificate, as in the log */
	array_t *names;
	/** of char*, those of them that no certificate proved */
	array_t *said;
	/** of auth_policy_shown_t*, those it showed, and their CAs */
	array_t *certs;
};

/**
 * Add the names a peer was authenticated as, or has in a certificate.
 *
 * @param names		array of char*, gets them as they are printed in the log
 * @param auth		a round of authentication
 */
void auth_policy_add_names(array_t *names, auth_cfg_t *auth);

/**
 * Add the names that a certificate has, unless it is a CA's.
 *
 * @param names		array of char*, gets them as they are printed in the log
 */
void auth_policy_add_subjects(array_t *names, certificate_t *cert);

/**
 * Get all that is known of the peer of an IKE_SA: of this round, unless it is
 * done, and of those before.
 */
auth_policy_person_t *auth_policy_person_create(ike_sa_t *ike_sa);

/**
 * Add what a round of authentication has.
 */
void auth_policy_person_add(auth_policy_person_t *this, auth_cfg_t *auth);

/**
 * Add a certificate that isn't among those of a round.
 */
void auth_policy_person_add_cert(auth_policy_person_t *this,
								 certificate_t *cert);

/**
 * Has a certificate a fingerprint? It is hashed once for all that are compared.
 *
 * @param fingerprint	of SHA-1 or SHA-256, by its length
 */
bool auth_policy_shown_is(auth_policy_shown_t *this, chunk_t fingerprint);

/**
 * Destroy a person, which may be NULL.
 */
void auth_policy_person_destroy(auth_policy_person_t *this);

#endif /** AUTH_POLICY_PERSON_H_ */
