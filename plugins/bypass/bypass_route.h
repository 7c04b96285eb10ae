/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_route.h
 * What a route says about LANs.
 */

#ifndef BYPASS_ROUTE_H_
#define BYPASS_ROUTE_H_

#include "bypass_prefix.h"

typedef struct bypass_way_t bypass_way_t;

/**
 * Protocol of our routes, see rt_protos: tells them from everybody else's.
 */
#define BYPASS_ROUTE_PROTOCOL 98

/**
 * An interface of a route that says what is a LAN. Has no padding, so that it
 * can be compared as bytes; what comes before uplink is the route's identity.
 */
struct bypass_way_t {
	uint32_t table;
	uint32_t metric;
	bypass_prefix_t dst;
	uint8_t tos;
	/** whether it leads to everywhere, else dst is on the link */
	uint8_t uplink;
	int ifindex;
	/** next hop object that knows the interfaces, 0 if ifindex is one */
	uint32_t nexthop;
};

/**
 * Is the route's destination a network that is on the link of the route's
 * interface? Only the main table is about that: other ones have conditions.
 * Not those that the kernel has for IPv4 addresses, which come with these.
 */
bool bypass_route_is_on_link(const netlink_route_t *route);

/**
 * Is it a default route, or a part of one as large as no LAN, by which
 * programs override one? Where a next hop object says how it leads there, it is
 * taken for one by a gateway.
 */
bool bypass_route_is_default(const netlink_route_t *route);

/**
 * Append what a route says about LANs, for each of its interfaces.
 *
 * @param ways		set of bypass_way_t, see bypass_way_set_create()
 * @return			FALSE if it says nothing
 */
bool bypass_route_append(const netlink_route_t *route, bypass_set_t *ways);

/**
 * Create an empty set of bypass_way_t.
 */
bypass_set_t *bypass_way_set_create(void);

#endif /** BYPASS_ROUTE_H_ */
