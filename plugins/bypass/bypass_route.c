/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_route.h"

#include <linux/rtnetlink.h>

/**
 * Take over an attribute.
 */
static void parse_attribute(struct rtattr *rta, bypass_route_t *route)
{
	size_t len = RTA_PAYLOAD(rta);

	switch (rta->rta_type)
	{
		case RTA_DST:
			memcpy(route->dst.addr, RTA_DATA(rta),
				   min(len, sizeof(route->dst.addr)));
			break;
		case RTA_TABLE:
			memcpy(&route->table, RTA_DATA(rta),
				   min(len, sizeof(route->table)));
			break;
		case RTA_OIF:
			memcpy(&route->ifindex, RTA_DATA(rta),
				   min(len, sizeof(route->ifindex)));
			break;
		case RTA_GATEWAY:
		case RTA_VIA:
			route->gateway = TRUE;
			break;
		default:
			break;
	}
}

/*
 * Described in header
 */
bool bypass_route_parse(struct nlmsghdr *hdr, bypass_route_t *route)
{
	struct rtmsg *msg = NLMSG_DATA(hdr);
	struct rtattr *rta = RTM_RTA(msg);
	int len = RTM_PAYLOAD(hdr);

	if ((hdr->nlmsg_type != RTM_NEWROUTE && hdr->nlmsg_type != RTM_DELROUTE) ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
	{
		return FALSE;
	}
	*route = (bypass_route_t){
		.dst = {
			.family = msg->rtm_family,
			.len = msg->rtm_dst_len,
		},
		.table = msg->rtm_table,
		.type = msg->rtm_type,
		.protocol = msg->rtm_protocol,
	};
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
	{
		parse_attribute(rta, route);
	}
	return TRUE;
}

/*
 * Described in header
 */
bool bypass_route_is_on_link(const bypass_route_t *route)
{
	return route->type == RTN_UNICAST && route->table == RT_TABLE_MAIN &&
		   route->ifindex && !route->gateway && route->dst.len &&
		   route->dst.len < bypass_addr_bits(route->dst.family);
}

/*
 * Described in header
 */
bool bypass_route_event_matters(struct nlmsghdr *hdr)
{
	bypass_route_t route;

	return !bypass_route_parse(hdr, &route) || bypass_route_is_on_link(&route);
}
