/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_groups.h
 * The groups a peer is a member of, as rules match them.
 */

#ifndef PEER_GROUPS_H_
#define PEER_GROUPS_H_

#include <collections/array.h>
#include <sa/ike_sa.h>

/**
 * Get the names of the groups that authentication found a peer to be in, for
 * instance from RADIUS.
 *
 * @param ike_sa		IKE_SA, authenticated
 * @return				array of char*, release with peer_groups_destroy()
 */
array_t *peer_groups_create(ike_sa_t *ike_sa);

/**
 * Destroy an array of groups.
 *
 * @param groups		array of char*, or NULL
 */
void peer_groups_destroy(array_t *groups);

#endif /** PEER_GROUPS_H_ */
