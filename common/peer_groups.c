/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_groups.h"

#include <stdio.h>

array_t *peer_groups_create(ike_sa_t *ike_sa)
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

void peer_groups_destroy(array_t *groups)
{
	array_destroy_function(groups, (array_callback_t)free, NULL);
}
