/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_rules.h"

/**
 * How a rule applies to a peer.
 */
typedef enum {
	/** not at all */
	APPLIES_NOT,
	/** for what it accepts */
	APPLIES_TO_ACCEPT,
	/** for what it refuses */
	APPLIES_TO_REFUSE,
	/** whatever it says, and no other rule does */
	APPLIES,
} applies_t;

/**
 * Find out how a rule applies to a peer.
 */
static applies_t applies(const auth_policy_rule_t *rule,
						 const peer_facts_t *peer)
{
	glob_list_t *ids = rule->match.ids;

	switch (peer_match(&rule->match, peer))
	{
		case PEER_MATCH_YES:
			return APPLIES;
		case PEER_MATCH_OPEN:
			return APPLIES_TO_ACCEPT;
		case PEER_MATCH_NOT_ID:
			return ids->matches_any(ids, peer->names) ? APPLIES_TO_REFUSE
													  : APPLIES_NOT;
		default:
			return APPLIES_NOT;
	}
}

auth_policy_verdict_t auth_policy_rules_judge(auth_policy_settings_t *settings,
									const peer_facts_t *peer,
									const auth_policy_status_t *status,
									time_t now, auth_policy_rule_t **rule)
{
	auth_policy_verdict_t verdict;
	applies_t how;
	u_int i;

	for (i = 0; i < settings->rules.count; i++)
	{
		*rule = settings->rules.items[i];
		how = applies(*rule, peer);
		if (how == APPLIES_NOT)
		{
			continue;
		}
		verdict = auth_policy_judge(status, &(*rule)->terms, now);
		if (how == APPLIES ||
			how == (verdict == AUTH_POLICY_REFUSE ? APPLIES_TO_REFUSE
												  : APPLIES_TO_ACCEPT))
		{
			return verdict;
		}
	}
	*rule = NULL;
	return auth_policy_judge(status, &settings->terms, now);
}
