/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_route.h"

#include <linux/rtnetlink.h>

/**
 * Networks of fewer bits are larger than any block of private addresses.
 */
#define PART_BITS_IPV4 8
#define PART_BITS_IPV6 7

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
		case RTA_PRIORITY:
			memcpy(&route->metric, RTA_DATA(rta),
				   min(len, sizeof(route->metric)));
			break;
		case RTA_MULTIPATH:
			route->hops = RTA_DATA(rta);
			route->hops_len = len;
			break;
		case RTA_OIF:
			memcpy(&route->ifindex, RTA_DATA(rta),
				   min(len, sizeof(route->ifindex)));
			break;
		case RTA_NH_ID:
			memcpy(&route->nexthop, RTA_DATA(rta),
				   min(len, sizeof(route->nexthop)));
			break;
		case RTA_GATEWAY:
		case RTA_VIA:
			route->gateway = TRUE;
			break;
		default:
			break;
	}
}

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
		.tos = msg->rtm_tos,
		.type = msg->rtm_type,
		.protocol = msg->rtm_protocol,
	};
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
	{
		parse_attribute(rta, route);
	}
	if (route->ifindex || route->hops)
	{
		route->nexthop = 0;
	}
	return TRUE;
}

bool bypass_route_is_on_link(const bypass_route_t *route)
{
	return route->type == RTN_UNICAST && route->table == RT_TABLE_MAIN &&
		   (route->protocol != RTPROT_KERNEL ||
			route->dst.family != AF_INET) &&
		   route->ifindex && !route->gateway && route->dst.len &&
		   route->dst.len < bypass_addr_bits(route->dst.family);
}

bool bypass_route_is_default(const bypass_route_t *route)
{
	u_int bits = route->dst.family == AF_INET ? PART_BITS_IPV4
											  : PART_BITS_IPV6;

	return route->type == RTN_UNICAST && route->table != RT_TABLE_LOCAL &&
		   (route->ifindex || route->hops || route->nexthop) &&
		   (!route->dst.len ||
			(route->dst.len < bits &&
			 (route->gateway || route->hops || route->nexthop)));
}

bool bypass_route_append(const bypass_route_t *route, bypass_set_t *ways)
{
	bypass_way_t way = {
		.table = route->table,
		.metric = route->metric,
		.dst = route->dst,
		.tos = route->tos,
		.uplink = bypass_route_is_default(route),
		.ifindex = route->ifindex,
		.nexthop = route->nexthop,
	};
	struct rtnexthop *hop = route->hops;
	int left = route->hops_len;

	if (!way.uplink && !bypass_route_is_on_link(route))
	{
		return FALSE;
	}
	if (way.ifindex || way.nexthop)
	{
		bypass_set_add(ways, &way);
	}
	for (; hop && left >= (int)sizeof(*hop) && RTNH_OK(hop, left);
		 left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
	{
		way.ifindex = hop->rtnh_ifindex;
		bypass_set_add(ways, &way);
	}
	return TRUE;
}

/**
 * Implementation of bypass_cmp_t.
 */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(bypass_way_t));
}

bypass_set_t *bypass_way_set_create(void)
{
	return bypass_set_create(sizeof(bypass_way_t), compare);
}
