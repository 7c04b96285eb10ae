/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_route.h"

/**
 * Networks of fewer bits are larger than any block of private addresses.
 */
#define PART_BITS_IPV4 8
#define PART_BITS_IPV6 7

bool bypass_route_is_on_link(const netlink_route_t *route)
{
	return route->type == RTN_UNICAST && route->table == RT_TABLE_MAIN &&
		   (route->protocol != RTPROT_KERNEL ||
			route->dst.family != AF_INET) &&
		   route->ifindex && !route->gateway && route->dst.len &&
		   route->dst.len < bypass_addr_bits(route->dst.family);
}

bool bypass_route_is_default(const netlink_route_t *route)
{
	u_int bits = route->dst.family == AF_INET ? PART_BITS_IPV4
											  : PART_BITS_IPV6;

	return route->type == RTN_UNICAST && route->table != RT_TABLE_LOCAL &&
		   (route->ifindex || route->hops.len || route->nexthop) &&
		   (!route->dst.len ||
			(route->dst.len < bits &&
			 (route->gateway || route->hops.len || route->nexthop)));
}

/**
 * Ways being appended.
 */
typedef struct {
	bypass_way_t way;
	bypass_set_t *ways;
} appender_t;

/**
 * Append a way by an interface.
 */
static void append(void *data, int ifindex)
{
	appender_t *this = data;

	this->way.ifindex = ifindex;
	bypass_set_add(this->ways, &this->way);
}

bool bypass_route_append(const netlink_route_t *route, bypass_set_t *ways)
{
	appender_t appender = {
		.way = {
			.table = route->table,
			.metric = route->metric,
			.dst = route->dst,
			.tos = route->tos,
			.uplink = bypass_route_is_default(route),
			.nexthop = route->nexthop,
		},
		.ways = ways,
	};

	if (!appender.way.uplink && !bypass_route_is_on_link(route))
	{
		return FALSE;
	}
	if (route->nexthop)
	{
		append(&appender, 0);
	}
	netlink_route_interfaces(route, append, &appender);
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
