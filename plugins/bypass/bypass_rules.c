/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_rules.h"

#include <netlink_route.h>

#include <errno.h>

/**
 * Implementation of bypass_cmp_t.
 */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint32_t));
}

bypass_rules_t bypass_rules_create(void)
{
	return (bypass_rules_t){
		.tables = bypass_set_create(sizeof(uint32_t), compare),
	};
}

void bypass_rules_add(bypass_rules_t *rules, struct nlmsghdr *hdr)
{
	netlink_rule_t rule;

	if (netlink_rule_parse(hdr, &rule))
	{
		rules->vrf |= rule.vrf;
		bypass_set_add(rules->tables, &rule.table);
	}
}

/**
 * Implementation of netlink_reply_t.
 */
static bool read_rule(void *data, u_int index, struct nlmsghdr *hdr)
{
	bypass_rules_add(data, hdr);
	return TRUE;
}

int bypass_rules_read(bypass_rules_t *rules)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int i, error = 0;

	*rules = bypass_rules_create();
	for (i = 0; (!error || error == EINTR) && i < countof(families); i++)
	{
		error = netlink_list_rules(families[i], read_rule, rules);
		if (error == EAFNOSUPPORT || error == EOPNOTSUPP)
		{	/* a kernel without such rules, or without IPv6 */
			error = 0;
			/* IPv4's rules still say what leads to its tables without IPv6 */
			rules->vrf |= families[i] == AF_INET;
		}
	}
	bypass_set_seal(rules->tables);
	return error == EINTR ? 0 : error;
}

bool bypass_rules_lead_to(bypass_rules_t *rules, uint32_t table)
{
	return rules->vrf || bypass_set_find(rules->tables, &table);
}

void bypass_rules_clear(bypass_rules_t *rules)
{
	bypass_set_destroy(rules->tables);
}
