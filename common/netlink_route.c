/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "netlink_route.h"

/**
 * Attributes of routes.
 */
static const netlink_want_t route_wanted[] = {
	[RTA_DST] = { 4, 16 },
	[RTA_OIF] = { 4, 4 },
	[RTA_GATEWAY] = { 4, 16 },
	[RTA_PRIORITY] = { 4, 4 },
	[RTA_MULTIPATH] = { sizeof(struct rtnexthop), NETLINK_ANY },
	[RTA_TABLE] = { 4, 4 },
	[RTA_VIA] = { sizeof(struct rtvia), NETLINK_ANY },
	[RTA_NH_ID] = { 4, 4 },
};

/**
 * Attributes of rules.
 */
static const netlink_want_t rule_wanted[] = {
	[FRA_TABLE] = { 4, 4 },
	[FRA_L3MDEV] = { 1, 1 },
};

bool netlink_route_parse(struct nlmsghdr *hdr, netlink_route_t *route)
{
	chunk_t attrs[countof(route_wanted)];
	struct rtmsg *msg = NLMSG_DATA(hdr);

	if ((hdr->nlmsg_type != RTM_NEWROUTE && hdr->nlmsg_type != RTM_DELROUTE) ||
		!netlink_parse(hdr, sizeof(*msg), route_wanted, countof(attrs), attrs))
	{
		return FALSE;
	}
	*route = (netlink_route_t){
		.dst = {
			.family = msg->rtm_family,
			.len = msg->rtm_dst_len,
		},
		.table = netlink_get_u32(attrs[RTA_TABLE], msg->rtm_table),
		.metric = netlink_get_u32(attrs[RTA_PRIORITY], 0),
		.tos = msg->rtm_tos,
		.type = msg->rtm_type,
		.protocol = msg->rtm_protocol,
		.ifindex = netlink_get_u32(attrs[RTA_OIF], 0),
		.gateway = attrs[RTA_GATEWAY].len || attrs[RTA_VIA].len,
		.hops = attrs[RTA_MULTIPATH],
	};
	if (!route->ifindex && !route->hops.len)
	{
		route->nexthop = netlink_get_u32(attrs[RTA_NH_ID], 0);
	}
	if (attrs[RTA_DST].len == netlink_addr_size(msg->rtm_family))
	{
		memcpy(route->dst.addr, attrs[RTA_DST].ptr, attrs[RTA_DST].len);
	}
	return TRUE;
}

void netlink_route_interfaces(const netlink_route_t *route,
							  void (*cb)(void *data, int ifindex), void *data)
{
	struct rtnexthop *hop = (struct rtnexthop*)route->hops.ptr;
	int left = route->hops.len;

	if (route->ifindex)
	{
		cb(data, route->ifindex);
	}
	for (; left >= (int)sizeof(*hop) && RTNH_OK(hop, left);
		 left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
	{
		cb(data, hop->rtnh_ifindex);
	}
}

bool netlink_rule_parse(struct nlmsghdr *hdr, netlink_rule_t *rule)
{
	chunk_t attrs[countof(rule_wanted)];
	struct fib_rule_hdr *msg = NLMSG_DATA(hdr);

	if (hdr->nlmsg_type != RTM_NEWRULE ||
		!netlink_parse(hdr, sizeof(*msg), rule_wanted, countof(attrs), attrs) ||
		msg->action != FR_ACT_TO_TBL)
	{
		return FALSE;
	}
	*rule = (netlink_rule_t){
		.table = netlink_get_u32(attrs[FRA_TABLE], msg->table),
		.vrf = attrs[FRA_L3MDEV].len,
	};
	return TRUE;
}

int netlink_list_routes(uint8_t family, uint32_t table, uint8_t type,
						uint8_t protocol, netlink_reply_t reply, void *data)
{
	netlink_request_t request;
	struct rtmsg *msg;

	msg = netlink_begin(&request, RTM_GETROUTE, NLM_F_DUMP, sizeof(*msg));
	msg->rtm_family = family;
	msg->rtm_type = type;
	msg->rtm_protocol = protocol;
	if (table)
	{
		netlink_add_u32(&request, RTA_TABLE, table);
	}
	return netlink_ask(NETLINK_ROUTE, &request, reply, data);
}

int netlink_list_rules(uint8_t family, netlink_reply_t reply, void *data)
{
	netlink_request_t request;
	struct fib_rule_hdr *msg;

	msg = netlink_begin(&request, RTM_GETRULE, NLM_F_DUMP, sizeof(*msg));
	msg->family = family;
	return netlink_ask(NETLINK_ROUTE, &request, reply, data);
}
