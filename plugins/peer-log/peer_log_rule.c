/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_rule.h"

#include <peer_match.h>

/**
 * What one list says.
 *
 * @param known		whether what the list is about is known
 * @param matches	whether it matches
 */
static peer_log_verdict_t judge(bool known, bool matches)
{
	return !known ? PEER_LOG_OPEN : matches ? PEER_LOG_YES : PEER_LOG_NO;
}

/**
 * What the list of identities says.
 */
static peer_log_verdict_t match_ids(glob_list_t *globs, peer_log_facts_t *facts,
									bool *matched)
{
	const char *ids[2] = {};
	int i;

	if (!*matched)
	{
		facts->get_ids(facts, ids);
		for (i = 0; i < countof(ids); i++)
		{
			*matched |= ids[i] && globs->matches(globs, ids[i]);
		}
	}
	/* another one may come, of EAP or XAuth */
	return *matched ? PEER_LOG_YES : PEER_LOG_OPEN;
}

peer_log_verdict_t peer_log_rule_match(const peer_log_terms_t *terms,
									   peer_log_facts_t *facts, bool *matched)
{
	peer_log_verdict_t verdicts[3] = {
		PEER_LOG_YES, PEER_LOG_YES, PEER_LOG_YES
	};
	bool open = FALSE, matches;
	int i;

	if (terms->addresses)
	{
		verdicts[0] = judge(facts->host, facts->host &&
							peer_match_address(terms->addresses, facts->host));
	}
	if (terms->connections)
	{
		matches = facts->connection &&
				  terms->connections->matches(terms->connections,
											  facts->connection);
		verdicts[1] = judge(matches || (facts->connection && !facts->trying),
							matches);
	}
	/* the one that takes longest comes last */
	if (terms->ids && verdicts[0] != PEER_LOG_NO && verdicts[1] != PEER_LOG_NO)
	{
		verdicts[2] = match_ids(terms->ids, facts, matched);
	}
	for (i = 0; i < countof(verdicts); i++)
	{
		if (verdicts[i] == PEER_LOG_NO)
		{
			return PEER_LOG_NO;
		}
		open |= verdicts[i] == PEER_LOG_OPEN;
	}
	if (open)
	{
		return facts->complete ? PEER_LOG_NO : PEER_LOG_OPEN;
	}
	return PEER_LOG_YES;
}

bool peer_log_rule_same_ids(const peer_log_terms_t *a,
							const peer_log_terms_t *b)
{
	enumerator_t *as, *bs;
	char *first, *second;
	bool no, also, more, same;

	if (!a->ids || !b->ids)
	{
		return a->ids == b->ids;
	}
	as = a->ids->create_enumerator(a->ids);
	bs = b->ids->create_enumerator(b->ids);
	do
	{
		more = as->enumerate(as, &first, &no);
		same = more == bs->enumerate(bs, &second, &also) &&
			   (!more || (no == also && streq(first, second)));
	}
	while (more && same);
	as->destroy(as);
	bs->destroy(bs);
	return same;
}
