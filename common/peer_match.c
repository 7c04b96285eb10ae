/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_match.h"
#include "peer_identity.h"

#include <stdio.h>

void peer_match_check(const peer_match_t *match, const char *third,
					  option_errors_t *errors)
{
	if (!match->connections && !match->ids && !match->groups)
	{
		errors->add(errors, "", NULL, "has no criteria, expected connections, "
					"ids or %s", third);
	}
}

peer_match_verdict_t peer_match(const peer_match_t *match,
								const peer_facts_t *peer)
{
	if (match->groups &&
		!match->groups->matches_names(match->groups, peer->groups))
	{
		return PEER_MATCH_NO;
	}
	if (!peer->connection && (match->connections || match->ids))
	{
		return PEER_MATCH_OPEN;
	}
	if (match->connections &&
		!match->connections->matches(match->connections, peer->connection))
	{
		return PEER_MATCH_NO;
	}
	if (match->ids && !match->ids->matches(match->ids, peer->id))
	{
		return PEER_MATCH_NOT_ID;
	}
	return PEER_MATCH_YES;
}

bool peer_match_address(linked_list_t *networks, host_t *host)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	bool found = FALSE;

	enumerator = networks->create_enumerator(networks);
	while (!found && enumerator->enumerate(enumerator, &ts))
	{
		found = ts->includes(ts, host);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Get the names of the groups that authentication found a peer to be in.
 *
 * @return			of char*
 */
static array_t *get_groups(ike_sa_t *ike_sa)
{
	enumerator_t *cfgs, *rules;
	auth_cfg_t *cfg;
	auth_rule_t type;
	array_t *groups;
	char *group;
	void *value;

	groups = array_create(0, 0);
	cfgs = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (cfgs->enumerate(cfgs, &cfg))
	{
		rules = cfg->create_enumerator(cfg);
		while (rules->enumerate(rules, &type, &value))
		{
			if (type == AUTH_RULE_GROUP &&
				asprintf(&group, "%Y", (identification_t*)value) > 0)
			{
				array_insert(groups, ARRAY_TAIL, group);
			}
		}
		rules->destroy(rules);
	}
	cfgs->destroy(cfgs);
	return groups;
}

void peer_facts_init(peer_facts_t *peer, ike_sa_t *ike_sa,
					 identification_t *id, array_t *names)
{
	identification_t *name;
	int i;

	*peer = (peer_facts_t){
		.connection = ike_sa->get_name(ike_sa),
		.id = peer_identity_print(id),
		.groups = get_groups(ike_sa),
	};
	for (i = 0; array_get(names, i, &name); i++)
	{
		array_insert_create(&peer->names, ARRAY_TAIL,
							peer_identity_print(name));
	}
}

void peer_facts_clear(peer_facts_t *peer)
{
	free(peer->id);
	array_destroy_function(peer->names, (array_callback_t)free, NULL);
	array_destroy_function(peer->groups, (array_callback_t)free, NULL);
}
