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

/*
 * Described in header
 */
void bypass_policy_add(struct nlmsghdr *hdr, const void *item, uint32_t unused)
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

	hdr->nlmsg_type = XFRM_MSG_NEWPOLICY;
	hdr->nlmsg_len = NLMSG_LENGTH(sizeof(info));
	/* messages aren't aligned for 64 bits */
	memcpy(NLMSG_DATA(hdr), &info, sizeof(info));
}

/**
 * Write a request that names a policy.
 */
static void write_policy_id(struct nlmsghdr *hdr, uint16_t type,
							const bypass_policy_t *policy)
{
	struct xfrm_userpolicy_id *id = NLMSG_DATA(hdr);

	hdr->nlmsg_type = type;
	hdr->nlmsg_len = NLMSG_LENGTH(sizeof(*id));
	id->sel = policy->sel;
	id->dir = policy->dir;
	id->index = policy->index;
}

/*
 * Described in header
 */
void bypass_policy_get(struct nlmsghdr *hdr, const void *policy,
					   uint32_t unused)
{
	write_policy_id(hdr, XFRM_MSG_GETPOLICY, policy);
}

/*
 * Described in header
 */
void bypass_policy_del(struct nlmsghdr *hdr, const void *policy,
					   uint32_t unused)
{
	write_policy_id(hdr, XFRM_MSG_DELPOLICY, policy);
}

/**
 * Write what identifies a route.
 */
static void write_route(struct nlmsghdr *hdr, uint16_t type,
						const bypass_prefix_t *prefix, uint32_t table)
{
	struct rtmsg *msg = NLMSG_DATA(hdr);
	uint32_t metric = ROUTE_METRIC;

	hdr->nlmsg_type = type;
	hdr->nlmsg_len = NLMSG_LENGTH(sizeof(*msg));
	msg->rtm_family = prefix->family;
	msg->rtm_dst_len = prefix->len;
	msg->rtm_protocol = BYPASS_ROUTE_PROTOCOL;
	msg->rtm_type = RTN_THROW;
	msg->rtm_scope = RT_SCOPE_UNIVERSE;
	rtnl_add(hdr, RTA_TABLE, &table, sizeof(table));
	rtnl_add(hdr, RTA_PRIORITY, &metric, sizeof(metric));
	rtnl_add(hdr, RTA_DST, prefix->addr, bypass_addr_size(prefix->family));
}

/*
 * Described in header
 */
void bypass_route_add(struct nlmsghdr *hdr, const void *prefix, uint32_t table)
{
	write_route(hdr, RTM_NEWROUTE, prefix, table);
	hdr->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
}

/*
 * Described in header
 */
void bypass_route_del(struct nlmsghdr *hdr, const void *prefix, uint32_t table)
{
	write_route(hdr, RTM_DELROUTE, prefix, table);
}

/*
 * Described in header
 */
bool bypass_policy_parse(struct nlmsghdr *hdr, bypass_policy_t *policy)
{
	struct xfrm_userpolicy_info info;

	if (hdr->nlmsg_type != XFRM_MSG_NEWPOLICY ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
	{
		return FALSE;
	}
	memcpy(&info, NLMSG_DATA(hdr), sizeof(info));
	if (info.sel.user != BYPASS_POLICY_MARK)
	{
		return FALSE;
	}
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
	bypass_policy_t policy;

	if (bypass_policy_parse(hdr, &policy))
	{
		bypass_set_add(data, &policy);
	}
}

/*
 * Described in header
 */
int bypass_policies_read(bypass_netlink_t *xfrm, bypass_set_t *out)
{
	return xfrm->dump(xfrm, XFRM_MSG_GETPOLICY,
					  sizeof(struct xfrm_userpolicy_id), 0, read_policy, out);
}

/**
 * Routes being read.
 */
typedef struct {
	uint32_t table;
	bypass_set_t *out;
} routes_t;

/**
 * Take over a route, callback of a dump.
 */
static bool read_route(void *data, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	bypass_route_t route;

	if (bypass_route_parse(hdr, &route) && route.type == RTN_THROW &&
		route.protocol == BYPASS_ROUTE_PROTOCOL && route.table == this->table)
	{
		bypass_set_add(this->out, &route.dst);
	}
	return TRUE;
}

/*
 * Described in header
 */
int bypass_routes_read(uint32_t table, bypass_set_t *out)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	routes_t routes = { .table = table, .out = out };
	struct {
		struct nlmsghdr hdr;
		struct rtmsg msg;
		char attributes[RTA_SPACE(sizeof(table))];
	} request;
	int i, error = 0;

	for (i = 0; !error && i < countof(families); i++)
	{
		/* others may have a million routes, so the kernel is to filter them */
		memset(&request, 0, sizeof(request));
		request.hdr.nlmsg_type = RTM_GETROUTE;
		request.hdr.nlmsg_flags = NLM_F_DUMP;
		request.hdr.nlmsg_len = NLMSG_LENGTH(sizeof(request.msg));
		request.msg.rtm_family = families[i];
		request.msg.rtm_type = RTN_THROW;
		request.msg.rtm_protocol = BYPASS_ROUTE_PROTOCOL;
		rtnl_add(&request.hdr, RTA_TABLE, &table, sizeof(table));
		error = rtnl_ask(&request.hdr, read_route, &routes);
		if (error == ENOENT)
		{	/* there is no such table yet */
			error = 0;
		}
	}
	return error;
}
