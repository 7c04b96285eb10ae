/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_facts.h
 * What an IKE_SA says about its peer.
 */

#ifndef PEER_LOG_FACTS_H_
#define PEER_LOG_FACTS_H_

#include "peer_log_rule.h"

#include <sa/ike_sa.h>

typedef struct peer_log_ike_facts_t peer_log_ike_facts_t;

/**
 * Facts of an IKE_SA, on the stack of the thread that has it checked out.
 */
struct peer_log_ike_facts_t {
	peer_log_facts_t facts;
	ike_sa_t *ike_sa;
	/** identities as text, once they were asked for; NULL if not known */
	bool looked;
	char *ids[2];
};

/**
 * Get the facts of an IKE_SA.
 *
 * @param ike_sa	IKE_SA, checked out by this thread
 * @param facts		initialized, valid as long as the IKE_SA doesn't change
 */
void peer_log_facts_init(ike_sa_t *ike_sa, peer_log_ike_facts_t *facts);

/**
 * Release what facts hold.
 */
void peer_log_facts_clear(peer_log_ike_facts_t *facts);

#endif /** PEER_LOG_FACTS_H_ */
