/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_networks.h
 * A set of networks that is quick to ask, for each packet.
 */

#ifndef AUTH_POLICY_NETWORKS_H_
#define AUTH_POLICY_NETWORKS_H_

#include <collections/array.h>
#include <networking/host.h>

typedef struct auth_policy_networks_t auth_policy_networks_t;

/**
 * Create a set, which doesn't change.
 *
 * @param list		array of traffic_selector_t*, which aren't referenced
 */
auth_policy_networks_t *auth_policy_networks_create(array_t *list);

/**
 * Find an address.
 *
 * @return			number of the part of the set that it is in, -1 if it isn't
 */
int auth_policy_networks_find(auth_policy_networks_t *this, host_t *host);

/**
 * Destroy a set, which may be NULL.
 */
void auth_policy_networks_destroy(auth_policy_networks_t *this);

#endif /** AUTH_POLICY_NETWORKS_H_ */
