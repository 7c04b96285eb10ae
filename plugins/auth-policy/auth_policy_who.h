/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_who.h
 * Who a peer is, for the log and for events, also once its IKE_SA is gone.
 */

#ifndef AUTH_POLICY_WHO_H_
#define AUTH_POLICY_WHO_H_

#include <sa/ike_sa.h>

typedef struct auth_policy_who_t auth_policy_who_t;

struct auth_policy_who_t {
	/** unique ID of the IKE_SA, and name of its connection */
	uint32_t uniqueid;
	char *connection;
	/** identity, that of EAP or XAuth if there is one */
	char *id;
	host_t *host;
	/** all of this but the unique ID, in words */
	char *text;
};

/**
 * Get who the peer of an IKE_SA is.
 *
 * @param ike_sa		checked out, or in a bus hook
 * @return				to be destroyed
 */
auth_policy_who_t *auth_policy_who_create(ike_sa_t *ike_sa);

/**
 * Destroy an auth_policy_who_t.
 */
void auth_policy_who_destroy(auth_policy_who_t *who);

#endif /** AUTH_POLICY_WHO_H_ */
