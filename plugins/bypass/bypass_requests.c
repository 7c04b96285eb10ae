/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_requests.h"
#include "bypass_route.h"

#include <rtnl.h>

#include <errno.h>
#include <linux/rtnetlink.h>

/**
 * Metric of our routes. Another one than charon's (0 for IPv4, 1024 for IPv6),
 * as it replaces what has the same network and metric.
 */
#define ROUTE_METRIC 98

void bypass_policy_add(struct nlmsghdr *hdr, const void *item,
					   const bypass_place_t *place)
{
	const bypass_policy_t *policy = item;
	struct xfrm_userpolicy_info info = {
		.sel = policy->sel,
		.dir = policy->dir,
		.priority = BYPASS_POLICY_PRIORITY,
		.action = XFRM_POLICY_ALLOW,
		.share = XFRM_SHARE_ANY,
		.lft = {
			.soft_byte_limit = XFRM_INF,
			.hard_byte_limit = XFRM_INF,
			.soft_packet_limit = XFRM_INF,
			.hard_packet_limit = XFRM_INF,
		},
	};

	info.sel.user += place->slot;
	hdr->nlmsg_type = XFRM_MSG_NEWPOLICY;
	hdr->nlmsg_len = NLMSG_LENGTH(sizeof(info));
	/* messages aren't aligned for 64 bits */
	memcpy(NLMSG_DATA(hdr), &info, sizeof(info));
}

/**
 * Write a request that names a policy.
 */
static void write_policy_id(struct nlmsghdr *hdr, uint16_t type,
							const bypass_policy_t *policy,
							const bypass_place_t *place)
{
	struct xfrm_userpolicy_id *id = NLMSG_DATA(hdr);

	hdr->nlmsg_type = type;
	hdr->nlmsg_len = NLMSG_LENGTH(sizeof(*id));
	id->sel = policy->sel;
	id->sel.user += place->slot;
	id->dir = policy->dir;
	id->index = policy->index;
}

void bypass_policy_get(struct nlmsghdr *hdr, const void *policy,
					   const bypass_place_t *place)
{
	write_policy_id(hdr, XFRM_MSG_GETPOLICY, policy, place);
}

void bypass_policy_del(struct nlmsghdr *hdr, const void *policy,
					   const bypass_place_t *place)
{
	write_policy_id(hdr, XFRM_MSG_DELPOLICY, policy, place);
}

/**
 * Write what identifies a route.
 */
static void write_route(struct nlmsghdr *hdr, uint16_t type,
						const bypass_prefix_t *prefix,
						const bypass_place_t *place)
{
	struct rtmsg *msg = NLMSG_DATA(hdr);
	uint32_t metric = ROUTE_METRIC + place->slot;

	hdr->nlmsg_type = type;
	hdr->nlmsg_len = NLMSG_LENGTH(sizeof(*msg));
	msg->rtm_family = prefix->family;
	msg->rtm_dst_len = prefix->len;
	msg->rtm_protocol = BYPASS_ROUTE_PROTOCOL;
	msg->rtm_type = RTN_THROW;
	msg->rtm_scope = RT_SCOPE_UNIVERSE;
	rtnl_add(hdr, RTA_TABLE, &place->table, sizeof(place->table));
	rtnl_add(hdr, RTA_PRIORITY, &metric, sizeof(metric));
	rtnl_add(hdr, RTA_DST, prefix->addr, bypass_addr_size(prefix->family));
}

void bypass_route_add(struct nlmsghdr *hdr, const void *prefix,
					  const bypass_place_t *place)
{
	write_route(hdr, RTM_NEWROUTE, prefix, place);
	hdr->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
}

void bypass_route_del(struct nlmsghdr *hdr, const void *prefix,
					  const bypass_place_t *place)
{
	write_route(hdr, RTM_DELROUTE, prefix, place);
}

bool bypass_policy_parse(struct nlmsghdr *hdr, bypass_policy_t *policy,
						 uint32_t *slot)
{
	struct xfrm_userpolicy_info info;

	if (hdr->nlmsg_type != XFRM_MSG_NEWPOLICY ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
	{
		return FALSE;
	}
	memcpy(&info, NLMSG_DATA(hdr), sizeof(info));
	*slot = (uint32_t)info.sel.user - BYPASS_POLICY_MARK;
	if (*slot >= BYPASS_SLOTS)
	{
		return FALSE;
	}
	info.sel.user = BYPASS_POLICY_MARK;
	memset(policy, 0, sizeof(*policy));
	policy->sel = info.sel;
	policy->dir = info.dir;
	policy->used = info.curlft.use_time;
	policy->index = info.index;
	return TRUE;
}

/**
 * Take over a policy, callback of a dump.
 */
static void read_policy(void *data, u_int unused, struct nlmsghdr *hdr)
{
	bypass_set_t **out = data;
	bypass_policy_t policy;
	uint32_t slot;

	if (bypass_policy_parse(hdr, &policy, &slot))
	{
		bypass_set_add(out[slot], &policy);
	}
}

int bypass_policies_read(bypass_netlink_t *xfrm,
						 bypass_set_t *out[BYPASS_SLOTS])
{
	return xfrm->dump(xfrm, XFRM_MSG_GETPOLICY,
					  sizeof(struct xfrm_userpolicy_id), 0, read_policy, out);
}

/**
 * Routes being read.
 */
typedef struct {
	uint32_t table;
	bypass_set_t **out;
	/** whether the kernel has made one */
	bool is_main;
} routes_t;

/**
 * Take over a route, implementation of rtnl_reply_t.
 */
static bool read_route(void *data, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	bypass_route_t route;
	uint32_t slot;

	if (bypass_route_parse(hdr, &route) && route.type == RTN_THROW &&
		route.protocol == BYPASS_ROUTE_PROTOCOL && route.table == this->table)
	{
		slot = route.metric - ROUTE_METRIC;
		if (slot < BYPASS_SLOTS)
		{
			bypass_set_add(this->out[slot], &route.dst);
		}
	}
	return TRUE;
}

/**
 * Find out if there is a route of the kernel's, implementation of rtnl_reply_t.
 */
static bool find_kernels(void *data, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	bypass_route_t route;

	this->is_main = bypass_route_parse(hdr, &route) &&
					route.protocol == RTPROT_KERNEL &&
					route.table == this->table;
	return !this->is_main;
}

/**
 * Have routes of a table listed, filtered by the kernel: there may be a million.
 *
 * @return			0 or errno
 */
static int list_routes(routes_t *this, uint8_t type, uint8_t protocol,
					   rtnl_reply_t reply)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct {
		struct nlmsghdr hdr;
		struct rtmsg msg;
		char attributes[RTA_SPACE(sizeof(uint32_t))];
	} request;
	int i, error = 0;

	for (i = 0; !error && i < countof(families); i++)
	{
		memset(&request, 0, sizeof(request));
		request.hdr.nlmsg_type = RTM_GETROUTE;
		request.hdr.nlmsg_flags = NLM_F_DUMP;
		request.hdr.nlmsg_len = NLMSG_LENGTH(sizeof(request.msg));
		request.msg.rtm_family = families[i];
		request.msg.rtm_type = type;
		request.msg.rtm_protocol = protocol;
		rtnl_add(&request.hdr, RTA_TABLE, &this->table, sizeof(this->table));
		error = rtnl_ask(&request.hdr, reply, this);
		if (error == ENOENT)
		{	/* there is no such table yet */
			error = 0;
		}
	}
	return error;
}

int bypass_routes_read(uint32_t table, bypass_set_t *out[BYPASS_SLOTS])
{
	routes_t routes = { .table = table, .out = out };

	return list_routes(&routes, RTN_THROW, BYPASS_ROUTE_PROTOCOL, read_route);
}

bool bypass_table_is_main(uint32_t table)
{
	routes_t routes = { .table = table };

	if (table == RT_TABLE_MAIN || table == RT_TABLE_LOCAL ||
		table == RT_TABLE_DEFAULT)
	{
		return TRUE;
	}
	list_routes(&routes, RTN_UNICAST, RTPROT_KERNEL, find_kernels);
	return routes.is_main;
}
