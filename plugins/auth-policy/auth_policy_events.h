/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_events.h
 * What clients of control are told: doc/control.md, and about whom.
 */

#ifndef AUTH_POLICY_EVENTS_H_
#define AUTH_POLICY_EVENTS_H_

#include "auth_policy_block.h"
#include "auth_policy_check.h"

#include <offer.h>
#include <sa/ike_sa.h>

typedef struct auth_policy_who_t auth_policy_who_t;

/**
 * Who a peer is, for the log and for events, also once its IKE_SA is gone.
 */
struct auth_policy_who_t {
	/** unique ID of the IKE_SA, and name of its connection */
	uint32_t uniqueid;
	char *connection;
	/** identity, that of EAP or XAuth if there is one */
	identification_t *id;
	host_t *host;
};

/**
 * How the log names it, and the arguments that this takes.
 */
#define AUTH_POLICY_WHO "'%Y' at %#H on connection '%s'"
#define AUTH_POLICY_WHO_ARGS(who) (who)->id, (who)->host, (who)->connection

/**
 * Get who the peer of an IKE_SA is.
 *
 * @param ike_sa		checked out, or in a bus hook
 * @return				to be destroyed
 */
auth_policy_who_t *auth_policy_who_create(ike_sa_t *ike_sa);

/**
 * Copy an auth_policy_who_t, which may be NULL.
 */
auth_policy_who_t *auth_policy_who_clone(const auth_policy_who_t *who);

/**
 * Destroy an auth_policy_who_t, which may be NULL.
 */
void auth_policy_who_destroy(auth_policy_who_t *who);

/**
 * Names of auth_policy_result_t.
 */
extern const char *const auth_policy_results[AUTH_POLICY_RESULTS];

/**
 * Tell clients of control that a certificate was refused. For bus hooks, too.
 *
 * @param check			certificate, and what is known about it
 * @param terms			terms that apply, NULL if charon refused it
 * @param rule			rule these are of, NULL for the settings
 * @param peer			whose certificate it is
 */
void auth_policy_tell_refused(const auth_policy_check_t *check,
							  const auth_policy_terms_t *terms,
							  const auth_policy_rule_t *rule,
							  const auth_policy_who_t *peer);

/**
 * Write what a block says.
 */
void auth_policy_write_block(control_out_t *out,
							 const auth_policy_block_t *block);

/**
 * Tell clients of control about a block. For bus hooks, too.
 *
 * @param type			what happened
 * @param who			to whom, NULL if it is to the block itself
 */
void auth_policy_tell_block(const char *type, const auth_policy_block_t *block,
							const auth_policy_who_t *who);

#endif /** AUTH_POLICY_EVENTS_H_ */
