/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_routes.h"

#include <rtnl.h>

#include <linux/fib_rules.h>

typedef struct request_t request_t;
typedef struct search_t search_t;

/**
 * A request for routes.
 */
struct request_t {
	struct nlmsghdr hdr;
	struct rtmsg msg;
	char attributes[64];
};

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
 * Get a number of a message about a route or rule, 0 if there is none.
 */
static uint32_t get_number(struct nlmsghdr *hdr, u_int type)
{
	struct rtmsg *msg = NLMSG_DATA(hdr);
	struct rtattr *rta;

	rta = rtnl_attr(RTM_RTA(msg), RTM_PAYLOAD(hdr), type, sizeof(uint32_t));
	return rta ? *(uint32_t*)RTA_DATA(rta) : 0;
}

/**
 * Take the interfaces of a route.
 */
static void add_interfaces(search_t *this, struct nlmsghdr *hdr)
{
	struct rtmsg *msg = NLMSG_DATA(hdr);
	struct rtattr *rta;
	struct rtnexthop *hop;
	uint32_t ifindex;
	int len;

	ifindex = get_number(hdr, RTA_OIF);
	if (ifindex)
	{
		add_number(this->interfaces, ifindex);
	}
	rta = rtnl_attr(RTM_RTA(msg), RTM_PAYLOAD(hdr), RTA_MULTIPATH,
					sizeof(*hop));
	if (!rta)
	{
		return;
	}
	len = RTA_PAYLOAD(rta);
	for (hop = RTA_DATA(rta); RTNH_OK(hop, len);
		 len -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
	{
		add_number(this->interfaces, hop->rtnh_ifindex);
	}
}

/**
 * Take the route to a peer, implementation of rtnl_reply_t.
 */
static bool read_route(void *data, struct nlmsghdr *hdr)
{
	search_t *this = data;
	struct rtmsg *msg = NLMSG_DATA(hdr);

	if (hdr->nlmsg_type == RTM_NEWROUTE && msg->rtm_dst_len &&
		(get_number(hdr, RTA_TABLE) ?: msg->rtm_table) != this->own)
	{
		this->specific = TRUE;
		add_interfaces(this, hdr);
	}
	return TRUE;
}

bool strict_bind_routes_to(host_t *peer, uint32_t mark, uint32_t own,
						   array_t *interfaces)
{
	chunk_t address = peer->get_address(peer);
	request_t request = {
		.hdr = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			.nlmsg_type = RTM_GETROUTE,
		},
		.msg = {
			.rtm_family = peer->get_family(peer),
			.rtm_dst_len = address.len * 8,
			/* the route itself, not the next hop chosen for a packet */
			.rtm_flags = RTM_F_FIB_MATCH,
		},
	};
	search_t search = {
		.own = own,
		.interfaces = interfaces,
	};

	rtnl_add(&request.hdr, RTA_DST, address.ptr, address.len);
	if (mark)
	{
		rtnl_add(&request.hdr, RTA_MARK, &mark, sizeof(mark));
	}
	rtnl_ask(&request.hdr, read_route, &search);
	return search.specific;
}

/**
 * Take the interface of a packet's next hop, implementation of rtnl_reply_t.
 */
static bool read_out(void *data, struct nlmsghdr *hdr)
{
	if (hdr->nlmsg_type == RTM_NEWROUTE)
	{
		*(u_int*)data = get_number(hdr, RTA_OIF);
	}
	return TRUE;
}

u_int strict_bind_routes_out(host_t *dst, host_t *src, uint32_t mark)
{
	chunk_t to = dst->get_address(dst), from = src->get_address(src);
	request_t request = {
		.hdr = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			.nlmsg_type = RTM_GETROUTE,
		},
		.msg = {
			.rtm_family = dst->get_family(dst),
			.rtm_dst_len = to.len * 8,
			.rtm_src_len = from.len * 8,
		},
	};
	u_int ifindex = 0;

	rtnl_add(&request.hdr, RTA_DST, to.ptr, to.len);
	rtnl_add(&request.hdr, RTA_SRC, from.ptr, from.len);
	if (mark)
	{
		rtnl_add(&request.hdr, RTA_MARK, &mark, sizeof(mark));
	}
	rtnl_ask(&request.hdr, read_out, &ifindex);
	return ifindex;
}

/**
 * Take the table of a rule, implementation of rtnl_reply_t.
 */
static bool read_rule(void *data, struct nlmsghdr *hdr)
{
	search_t *this = data;
	struct fib_rule_hdr *rule = NLMSG_DATA(hdr);
	uint32_t table;

	/* it has the same layout as a route's up to here */
	table = get_number(hdr, FRA_TABLE) ?: rule->table;
	if (hdr->nlmsg_type == RTM_NEWRULE && rule->action == FR_ACT_TO_TBL &&
		table && table != RT_TABLE_LOCAL && table != this->own)
	{
		add_number(this->tables, table);
	}
	return TRUE;
}

/**
 * Take a route if it is a default route, implementation of rtnl_reply_t.
 */
static bool read_default(void *data, struct nlmsghdr *hdr)
{
	search_t *this = data;
	struct rtmsg *msg = NLMSG_DATA(hdr);
	uint32_t table = get_number(hdr, RTA_TABLE) ?: msg->rtm_table, wanted;

	array_get(this->tables, ARRAY_HEAD, &wanted);
	if (hdr->nlmsg_type != RTM_NEWROUTE || table != wanted)
	{
		return TRUE;
	}
	if (!msg->rtm_dst_len && msg->rtm_type == RTN_UNICAST)
	{
		add_interfaces(this, hdr);
	}
	/* IPv4's come in the order of their addresses, so a table may have a
	 * million of them at no cost; those of IPv6 have no such order */
	return msg->rtm_family != AF_INET || !get_number(hdr, RTA_DST);
}

/**
 * Look for default routes of a family.
 */
static void find_default(search_t *this, uint8_t family)
{
	request_t rules = {
		.hdr = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct fib_rule_hdr)),
			.nlmsg_type = RTM_GETRULE,
			.nlmsg_flags = NLM_F_DUMP,
		},
		.msg.rtm_family = family,
	};
	uint32_t table;

	this->tables = array_create(sizeof(uint32_t), 0);
	rtnl_ask(&rules.hdr, read_rule, this);
	for (; array_get(this->tables, ARRAY_HEAD, &table);
		 array_remove(this->tables, ARRAY_HEAD, NULL))
	{
		request_t routes = {
			.hdr = {
				.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
				.nlmsg_type = RTM_GETROUTE,
				.nlmsg_flags = NLM_F_DUMP,
			},
			.msg.rtm_family = family,
		};

		rtnl_add(&routes.hdr, RTA_TABLE, &table, sizeof(table));
		rtnl_ask(&routes.hdr, read_default, this);
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
	struct rtmsg *msg;

	if (!hdr || (hdr->nlmsg_type != RTM_NEWROUTE &&
				 hdr->nlmsg_type != RTM_DELROUTE))
	{
		return TRUE;
	}
	msg = NLMSG_DATA(hdr);
	return !msg->rtm_dst_len;
}
