/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_rules.h
 * Which rule applies to a peer.
 */

#ifndef AUTH_POLICY_RULES_H_
#define AUTH_POLICY_RULES_H_

#include "auth_policy_verdict.h"

#include <collections/array.h>

typedef struct auth_policy_peer_t auth_policy_peer_t;

/**
 * What rules know of a peer. Names are as they are printed in the log.
 */
struct auth_policy_peer_t {
	/** name of the connection */
	const char *connection;
	/** identity it was authenticated as */
	char *id;
	/** of char*, other names its certificate has or it gave */
	array_t *names;
	/** of char*, subjects of the CAs of the chain */
	array_t *cas;
	/** may the connection and the identity still become others? */
	bool open;
};

/**
 * Decide about a certificate by the first rule that matches the peer, or by
 * the settings if none does.
 *
 * A rule matches if each of its lists does; cas does if any CA of the chain
 * matches it, ids if the identity does. As a peer picks the one of its names
 * that it authenticates as, a rule before that whose ids match another of them
 * may refuse it, too.
 *
 * An open peer is only refused if all rules would refuse it that may come to
 * match.
 *
 * @param settings		settings in force
 * @param peer			whose certificate it is
 * @param status		what is known about the certificate
 * @param now			current time
 * @param rule			gets the rule that decided, NULL for the settings
 */
auth_policy_verdict_t auth_policy_rules_judge(auth_policy_settings_t *settings,
									const auth_policy_peer_t *peer,
									const auth_policy_status_t *status,
									time_t now, auth_policy_rule_t **rule);

/**
 * Is there anybody whose certificates have to have a known status?
 *
 * @param settings		settings in force
 * @return				FALSE if all terms are relaxed
 */
bool auth_policy_rules_demand(auth_policy_settings_t *settings);

#endif /** AUTH_POLICY_RULES_H_ */
