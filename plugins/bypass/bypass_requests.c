/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_requests.h"
#include "bypass_route.h"

#include <errno.h>

/**
 * Metric of our routes. Another one than charon's (0 for IPv4, 1024 for IPv6),
 * as it replaces what has the same network and metric.
 */
#define ROUTE_METRIC 98

void bypass_policy_add(netlink_request_t *request, const void *item,
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
	/* messages aren't aligned for 64 bits */
	memcpy(netlink_begin(request, XFRM_MSG_NEWPOLICY, 0, sizeof(info)), &info,
		   sizeof(info));
}

/**
 * Write a request that names a policy.
 */
static void write_policy_id(netlink_request_t *request, uint16_t type,
							const bypass_policy_t *policy,
							const bypass_place_t *place)
{
	struct xfrm_userpolicy_id *id;

	id = netlink_begin(request, type, 0, sizeof(*id));
	id->sel = policy->sel;
	id->sel.user += place->slot;
	id->dir = policy->dir;
	id->index = policy->index;
}

void bypass_policy_get(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place)
{
	write_policy_id(request, XFRM_MSG_GETPOLICY, policy, place);
}

void bypass_policy_del(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place)
{
	write_policy_id(request, XFRM_MSG_DELPOLICY, policy, place);
}

/**
 * Write what identifies a route.
 */
static void write_route(netlink_request_t *request, uint16_t type,
						uint16_t flags, const bypass_prefix_t *prefix,
						const bypass_place_t *place)
{
	struct rtmsg *msg;

	msg = netlink_begin(request, type, flags, sizeof(*msg));
	msg->rtm_family = prefix->family;
	msg->rtm_dst_len = prefix->len;
	msg->rtm_protocol = BYPASS_ROUTE_PROTOCOL;
	msg->rtm_type = RTN_THROW;
	msg->rtm_scope = RT_SCOPE_UNIVERSE;
	netlink_add_u32(request, RTA_TABLE, place->table);
	netlink_add_u32(request, RTA_PRIORITY, ROUTE_METRIC + place->slot);
	netlink_add(request, RTA_DST, prefix->addr,
				netlink_addr_size(prefix->family));
}

void bypass_route_add(netlink_request_t *request, const void *prefix,
					  const bypass_place_t *place)
{
	write_route(request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, prefix,
				place);
}

void bypass_route_del(netlink_request_t *request, const void *prefix,
					  const bypass_place_t *place)
{
	write_route(request, RTM_DELROUTE, 0, prefix, place);
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
 * Take over a policy, implementation of netlink_reply_t.
 */
static bool read_policy(void *data, u_int index, struct nlmsghdr *hdr)
{
	bypass_set_t **out = data;
	bypass_policy_t policy;
	uint32_t slot;

	if (bypass_policy_parse(hdr, &policy, &slot))
	{
		bypass_set_add(out[slot], &policy);
	}
	return TRUE;
}

int bypass_policies_read(bypass_set_t *out[BYPASS_SLOTS])
{
	netlink_request_t request;

	netlink_begin(&request, XFRM_MSG_GETPOLICY, NLM_F_DUMP,
				  sizeof(struct xfrm_userpolicy_id));
	return netlink_ask(NETLINK_XFRM, &request, read_policy, out);
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
 * Take over a route, implementation of netlink_reply_t.
 */
static bool read_route(void *data, u_int index, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	netlink_route_t route;
	uint32_t slot;

	if (netlink_route_parse(hdr, &route) && route.type == RTN_THROW &&
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
 * Find out if there is a route of the kernel's, implementation of
 * netlink_reply_t.
 */
static bool find_kernels(void *data, u_int index, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	netlink_route_t route;

	this->is_main = netlink_route_parse(hdr, &route) &&
					route.protocol == RTPROT_KERNEL &&
					route.table == this->table;
	return !this->is_main;
}

/**
 * Have routes of a table listed.
 *
 * @return			0 or errno
 */
static int list_routes(routes_t *this, uint8_t type, uint8_t protocol,
					   netlink_reply_t reply)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	int i, error = 0;

	for (i = 0; !error && i < countof(families); i++)
	{
		error = netlink_list_routes(families[i], this->table, type, protocol,
									reply, this);
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
