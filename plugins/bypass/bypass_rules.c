/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_rules.h"

#include <rtnl.h>

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

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
	struct fib_rule_hdr *msg = NLMSG_DATA(hdr);
	struct rtattr *rta, *number;
	uint32_t table;
	int len;

	if (hdr->nlmsg_type != RTM_NEWRULE ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)) ||
		msg->action != FR_ACT_TO_TBL)
	{
		return;
	}
	rta = (struct rtattr*)((char*)msg + NLMSG_ALIGN(sizeof(*msg)));
	len = NLMSG_PAYLOAD(hdr, sizeof(*msg));
	table = msg->table;
	number = rtnl_attr(rta, len, FRA_TABLE, sizeof(table));
	if (number)
	{
		memcpy(&table, RTA_DATA(number), sizeof(table));
	}
	rules->vrf |= rtnl_attr(rta, len, FRA_L3MDEV, 0) != NULL;
	bypass_set_add(rules->tables, &table);
}

/**
 * Implementation of rtnl_reply_t.
 */
static bool read_rule(void *data, struct nlmsghdr *hdr)
{
	bypass_rules_add(data, hdr);
	return TRUE;
}

int bypass_rules_read(bypass_rules_t *rules)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct {
		struct nlmsghdr hdr;
		struct fib_rule_hdr msg;
	} request = {
		.hdr = {
			.nlmsg_type = RTM_GETRULE,
			.nlmsg_flags = NLM_F_DUMP,
			.nlmsg_len = sizeof(request),
		},
	};
	int i, error = 0;

	*rules = bypass_rules_create();
	for (i = 0; (!error || error == EINTR) && i < countof(families); i++)
	{
		request.msg.family = families[i];
		error = rtnl_ask(&request.hdr, read_rule, rules);
		if (error == EAFNOSUPPORT || error == EOPNOTSUPP)
		{	/* a kernel without such rules, or without IPv6 */
			error = 0;
			rules->vrf = TRUE;
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
