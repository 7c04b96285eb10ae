/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_rule.h
 * Whether a rule applies to an IKE_SA.
 */

#ifndef PEER_LOG_RULE_H_
#define PEER_LOG_RULE_H_

#include "peer_log_settings.h"

#include <networking/host.h>

typedef struct peer_log_facts_t peer_log_facts_t;
typedef enum peer_log_verdict_t peer_log_verdict_t;

/**
 * What is known about the peer of an IKE_SA by now.
 */
struct peer_log_facts_t {
	/** its address, NULL if unknown */
	host_t *host;
	/** name of the connection, NULL if unknown */
	const char *connection;
	/** it may be that of another connection in the end: a peer that logs in
	 * doesn't say which it means, charon tries one after the other */
	bool trying;
	/**
	 * Get its identities as text: IKE identity and EAP or XAuth identity, NULL
	 * for one that isn't known. Only called if a rule asks for it.
	 */
	void (*get_ids)(peer_log_facts_t *this, const char *ids[2]);
	/** nothing more will become known */
	bool complete;
};

/**
 * Does a rule apply?
 */
enum peer_log_verdict_t {
	PEER_LOG_NO,
	PEER_LOG_YES,
	/** not enough is known yet */
	PEER_LOG_OPEN,
};

/**
 * Find out whether a rule applies. It does if all lists match that it has; as
 * long as one is about something that isn't known, and none of the others says
 * no, it is open. One matching identity is enough.
 *
 * @param terms		the rule
 * @param facts		what is known
 * @param matched	has an identity of this peer matched before? Set if one does
 */
peer_log_verdict_t peer_log_rule_match(const peer_log_terms_t *terms,
									   peer_log_facts_t *facts, bool *matched);

/**
 * Do two rules match the same identities?
 */
bool peer_log_rule_same_ids(const peer_log_terms_t *a,
							const peer_log_terms_t *b);

#endif /** PEER_LOG_RULE_H_ */
