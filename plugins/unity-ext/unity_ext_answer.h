/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_answer.h
 * What a client is sent, once everybody had a say.
 *
 * Stock plugins (unity, attr, the pools of vici) add their attributes to a
 * message without knowing of each other. A client that gets one twice adds the
 * second to the first, as vpnc does, or takes either.
 */

#ifndef UNITY_EXT_ANSWER_H_
#define UNITY_EXT_ANSWER_H_

#include "unity_ext_rule.h"

#include <collections/array.h>

typedef struct unity_ext_peer_t unity_ext_peer_t;

/**
 * What is known of a client.
 */
struct unity_ext_peer_t {
	/** IKEv2 rather than IKEv1 */
	bool ikev2;
	/** has it sent the Unity vendor ID? */
	bool unity;
	/** types it asked for, see unity_ext_type_bit() */
	uint32_t asked;
};

/**
 * Decide on the attributes of an answer.
 *
 * Those of the rule are in the place of any of the same type that the others
 * have. What the rule doesn't have is left as it is, but no Unity attribute
 * stays twice: the networks of several are merged, of others the first is
 * kept. Decisions are logged at level 2.
 *
 * @param rule			rule that the client matches, NULL if none
 * @param client	client
 * @param others	array of unity_ext_attr_t from other sources; values are
 *					moved from there to the answer
 * @param ours		set to how many attributes are the rule's
 * @return			array of unity_ext_attr_t
 */
array_t *unity_ext_answer(unity_ext_rule_t *rule,
						  const unity_ext_peer_t *client, array_t *others,
						  u_int *ours);

#endif /** UNITY_EXT_ANSWER_H_ */
