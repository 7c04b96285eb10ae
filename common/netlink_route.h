/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file netlink_route.h
 * The kernel's routes, and the rules that lead to their tables.
 */

#ifndef NETLINK_ROUTE_H_
#define NETLINK_ROUTE_H_

#include "netlink.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

typedef struct netlink_prefix_t netlink_prefix_t;
typedef struct netlink_route_t netlink_route_t;
typedef struct netlink_rule_t netlink_rule_t;

/**
 * A network. Has no padding and no pointers, so that it can be compared and
 * copied as bytes; what an address doesn't use is zero.
 */
struct netlink_prefix_t {
	/** AF_INET or AF_INET6 */
	uint8_t family;
	/** number of bits in common */
	uint8_t len;
	/** network order */
	uint8_t addr[16];
};

/**
 * A route.
 */
struct netlink_route_t {
	netlink_prefix_t dst;
	uint32_t table;
	uint32_t metric;
	uint8_t tos;
	/** RTN_* */
	uint8_t type;
	/** RTPROT_* */
	uint8_t protocol;
	/** interface, 0 if there is none or several */
	int ifindex;
	/** next hop object that says where it leads, if the message doesn't */
	uint32_t nexthop;
	/** whether packets are passed to another router */
	bool gateway;
	/** several ways, of struct rtnexthop, within the message */
	chunk_t hops;
};

/**
 * A rule that leads to a table.
 */
struct netlink_rule_t {
	/** table */
	uint32_t table;
	/** whether it leads to those of VRFs instead */
	bool vrf;
};

/**
 * Number of bytes of a family's addresses.
 */
static inline size_t netlink_addr_size(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

/**
 * Parse a message about a route.
 *
 * @param hdr		message of an answer or an event
 * @param route		gets what it says
 * @return			FALSE if it is about something else
 */
bool netlink_route_parse(struct nlmsghdr *hdr, netlink_route_t *route);

/**
 * Call for each interface that a route names.
 */
void netlink_route_interfaces(const netlink_route_t *route,
							  void (*cb)(void *data, int ifindex), void *data);

/**
 * Parse a message about a rule.
 *
 * @param hdr		message of an answer
 * @param rule		gets what it says
 * @return			FALSE if it is about something else, or leads to no table
 */
bool netlink_rule_parse(struct nlmsghdr *hdr, netlink_rule_t *rule);

/**
 * Have routes listed, filtered by the kernel: there may be a million.
 *
 * @param family	of the routes
 * @param table		table they are in, 0 for all of them
 * @param type		RTN_*, 0 for any
 * @param protocol	RTPROT_*, 0 for any
 * @param reply		called for each message
 * @param data		passed to reply
 * @return			as from netlink_ask()
 */
int netlink_list_routes(uint8_t family, uint32_t table, uint8_t type,
						uint8_t protocol, netlink_reply_t reply, void *data);

/**
 * Have the rules of a family listed.
 *
 * @param reply		called for each message
 * @param data		passed to reply
 * @return			as from netlink_ask()
 */
int netlink_list_rules(uint8_t family, netlink_reply_t reply, void *data);

#endif /** NETLINK_ROUTE_H_ */
