/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_peer.h
 * What rules know of the peer of an IKE_SA.
 */

#ifndef FILTERMODE_PEER_H_
#define FILTERMODE_PEER_H_

#include <peer_match.h>

typedef struct filtermode_peer_t filtermode_peer_t;

/**
 * Immutable, shared by the CHILD_SAs of an IKE_SA.
 */
struct filtermode_peer_t {
	refcount_t ref;
	/** without its connection, which is that of each CHILD_SA */
	peer_facts_t facts;
};

/**
 * Get what authentication has found out about a peer.
 */
filtermode_peer_t *filtermode_peer_create(ike_sa_t *ike_sa);

/**
 * Get another reference, of NULL too.
 */
filtermode_peer_t *filtermode_peer_ref(filtermode_peer_t *this);

/**
 * Release a reference, of NULL too.
 */
void filtermode_peer_unref(filtermode_peer_t *this);

#endif /** FILTERMODE_PEER_H_ */
