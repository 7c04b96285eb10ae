/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_means.h
 * What a message has of passwords and pre-shared keys, or was made with them.
 */

#ifndef AUTH_POLICY_MEANS_H_
#define AUTH_POLICY_MEANS_H_

#include <collections/array.h>
#include <encoding/message.h>
#include <encoding/payloads/auth_payload.h>
#include <encoding/payloads/cp_payload.h>
#include <encoding/payloads/eap_payload.h>
#include <encoding/payloads/hash_payload.h>
#include <sa/ike_sa.h>

typedef struct auth_policy_means_t auth_policy_means_t;

/**
 * The payloads that charon looks at, each of which may be NULL, and is of the
 * message. Those with signatures aren't among them.
 */
struct auth_policy_means_t {
	eap_payload_t *eap;
	auth_payload_t *auth;
	hash_payload_t *hash;
	cp_payload_t *xauth;
};

/**
 * Look for them in a message of a peer that logs in.
 */
void auth_policy_means_get(message_t *message, auth_policy_means_t *means);

/**
 * Find out whose password it is.
 *
 * @param names			array of char*, gets all the names it may be of; none if
 *						these are those of a message before
 * @return				whether there is one, or what was made with it
 */
bool auth_policy_means_read(const auth_policy_means_t *means, ike_sa_t *ike_sa,
							message_t *message, array_t *names);

/**
 * Take it out of the message, so that charon finds it wrong whether it is or
 * not.
 */
void auth_policy_means_spoil(auth_policy_means_t *means, message_t *message);

/**
 * Is a peer asked for another password, as one was wrong? EAP-MSCHAPv2 is the
 * method that does so.
 *
 * @param message		a message to it
 */
bool auth_policy_means_asks_again(message_t *message);

#endif /** AUTH_POLICY_MEANS_H_ */
