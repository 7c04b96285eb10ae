/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_identity.h
 * Who a peer is, as rules and limits have it.
 */

#ifndef PEER_IDENTITY_H_
#define PEER_IDENTITY_H_

#include <collections/array.h>
#include <sa/ike_sa.h>

/**
 * Get the identity that makes a peer a user: the EAP or XAuth identity of the
 * last authentication round that had one, else the IKE identity of the last.
 *
 * An EAP or XAuth identity is a name, whatever type a peer makes it have with a
 * prefix (email:, keyid:, {7}:), as RADIUS servers are told the bare name: it
 * is an ID_KEY_ID then, unless the type is one of text or of a DN.
 *
 * @param ike_sa		IKE_SA
 * @return				identity, destroy it
 */
identification_t *peer_identity_get(ike_sa_t *ike_sa);

/**
 * As peer_identity_get(), with all that a peer could have called itself: if it
 * proved who it is with a certificate, it is the peer that picks one of the
 * names therein, and charon also takes patterns that match one, and serial
 * numbers. Whoever picks such a thing is the name that it stands for.
 *
 * @param ike_sa		IKE_SA
 * @param names		gets identification_t*, names of that certificate,
 *						destroy them; none if it wasn't one
 * @return				identity, destroy it
 */
identification_t *peer_identity_get_names(ike_sa_t *ike_sa, array_t *names);

/**
 * Print an identity as %Y does, but all of it: that ends after 511 bytes, so
 * that what peers put behind would never meet a pattern.
 *
 * @param id			identity
 * @return				allocated text
 */
char *peer_identity_print(identification_t *id);

/**
 * Do two identities name the same user? Case doesn't matter, nor does the type
 * of those that are text.
 */
bool peer_identity_equals(identification_t *a, identification_t *b);

/**
 * Hash an identity; equal ones have equal hashes.
 *
 * @param id			identity
 * @param hash			hash of what comes before it, or 0
 */
u_int peer_identity_hash(identification_t *id, u_int hash);

#endif /** PEER_IDENTITY_H_ */
