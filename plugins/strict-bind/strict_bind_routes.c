/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_routes.h"

#include <netlink_route.h>

typedef struct search_t search_t;

/**
 * What is looked for.
 */
struct search_t {
	uint32_t own;
	/** u_int, what is found */
	array_t *interfaces;
	/** uint32_t, tables that rules lead to */
	array_t *tables;
	/** whether what was found is more than a default route */
	bool specific;
};

/**
 * Add a number to an array unless it is there.
 */
static void add_number(array_t *array, uint32_t number)
{
	uint32_t other;
	int i;

	for (i = 0; i < array_count(array); i++)
	{
		array_get(array, i, &other);
		if (other == number)
		{
			return;
		}
	}
	array_insert(array, ARRAY_TAIL, &number);
}

/**
 * Take an interface of a route.
 */
static void add_interface(void *data, int ifindex)
{
	search_t *this = data;

	add_number(this->interfaces, ifindex);
}

/**
 * Take the route to a peer, implementation of netlink_reply_t.
 */
static bool read_route(void *data, u_int index, struct nlmsghdr *hdr)
{
	search_t *this = data;
	netlink_route_t route;

	if (netlink_route_parse(hdr, &route) && route.dst.len &&
		route.table != this->own)
	{
		this->specific = TRUE;
		netlink_route_interfaces(&route, add_interface, this);
	}
	return TRUE;
}

/**
 * Ask for the route to an address.
 *
 * @param src		address that packets come from, NULL for any
 * @param flags		RTM_F_*
 */
static void ask(host_t *dst, host_t *src, uint32_t mark, u_int flags,
				netlink_reply_t reply, void *data)
{
	chunk_t to = dst->get_address(dst), from;
	netlink_request_t request;
	struct rtmsg *msg;

	msg = netlink_begin(&request, RTM_GETROUTE, 0, sizeof(*msg));
	msg->rtm_family = dst->get_family(dst);
	msg->rtm_dst_len = to.len * 8;
	msg->rtm_flags = flags;
	netlink_add(&request, RTA_DST, to.ptr, to.len);
	if (src)
	{
		from = src->get_address(src);
		msg->rtm_src_len = from.len * 8;
		netlink_add(&request, RTA_SRC, from.ptr, from.len);
	}
	if (mark)
	{
		netlink_add_u32(&request, RTA_MARK, mark);
	}
	netlink_ask(NETLINK_ROUTE, &request, reply, data);
}

bool strict_bind_routes_to(host_t *peer, uint32_t mark, uint32_t own,
						   array_t *interfaces)
{
	search_t search = {
		.own = own,
		.interfaces = interfaces,
	};

	/* the route itself, not the next hop chosen for a packet */
	ask(peer, NULL, mark, RTM_F_FIB_MATCH, read_route, &search);
	return search.specific;
}

/**
 * Take the interface of a packet's next hop, implementation of netlink_reply_t.
 */
static bool read_out(void *data, u_int index, struct nlmsghdr *hdr)
{
	netlink_route_t route;

	if (netlink_route_parse(hdr, &route))
	{
		*(u_int*)data = route.ifindex;
	}
	return TRUE;
}

u_int strict_bind_routes_out(host_t *dst, host_t *src, uint32_t mark)
{
	u_int ifindex = 0;

	ask(dst, src, mark, 0, read_out, &ifindex);
	return ifindex;
}

/**
 * Take the table of a rule, implementation of netlink_reply_t.
 */
static bool read_rule(void *data, u_int index, struct nlmsghdr *hdr)
{
	search_t *this = data;
	netlink_rule_t rule;

	if (netlink_rule_parse(hdr, &rule) && rule.table &&
		rule.table != RT_TABLE_LOCAL && rule.table != this->own)
	{
		add_number(this->tables, rule.table);
	}
	return TRUE;
}

/**
 * Take a route if it is a default route, implementation of netlink_reply_t.
 */
static bool read_default(void *data, u_int index, struct nlmsghdr *hdr)
{
	search_t *this = data;
	netlink_route_t route;
	uint32_t wanted;

	array_get(this->tables, ARRAY_HEAD, &wanted);
	if (!netlink_route_parse(hdr, &route) || route.table != wanted)
	{
		return TRUE;
	}
	if (!route.dst.len && route.type == RTN_UNICAST)
	{
		netlink_route_interfaces(&route, add_interface, this);
	}
	/* IPv4's come in the order of their addresses, so a table may have a
	 * million of them at no cost; those of IPv6 have no such order */
	return route.dst.family != AF_INET || !untoh32(route.dst.addr);
}

/**
 * Look for default routes of a family.
 */
static void find_default(search_t *this, uint8_t family)
{
	uint32_t table;

	this->tables = array_create(sizeof(uint32_t), 0);
	netlink_list_rules(family, read_rule, this);
	for (; array_get(this->tables, ARRAY_HEAD, &table);
		 array_remove(this->tables, ARRAY_HEAD, NULL))
	{
		netlink_list_routes(family, table, 0, 0, read_default, this);
	}
	array_destroy(this->tables);
}

void strict_bind_routes_default(uint32_t own, array_t *interfaces)
{
	search_t search = {
		.own = own,
		.interfaces = interfaces,
	};

	find_default(&search, AF_INET);
	find_default(&search, AF_INET6);
}

bool strict_bind_routes_matter(void *unused, struct nlmsghdr *hdr)
{
	netlink_route_t route;

	return !hdr || !netlink_route_parse(hdr, &route) || !route.dst.len;
}
