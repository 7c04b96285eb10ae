/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_link.h"

#include <netlink_route.h>
#include <networking/host.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <net/if_arp.h>

/**
 * Routing table for our routes and priority of the rules that have it looked
 * up, for packets that leave by one of our interfaces only. charon's own
 * table and priority are 220 by default.
 */
#define TABLE 221

/**
 * The address of an interface: systemd-resolved uses none without. RFC 7600
 * has it for those who have no other.
 */
#define DUMMY_ADDRESS "192.0.0.8"

/**
 * Add an address to an interface.
 */
static int add_address(u_int index, host_t *host)
{
	chunk_t addr = host->get_address(host);
	netlink_request_t request;
	struct ifaddrmsg *msg;

	msg = netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE, sizeof(*msg));
	msg->ifa_family = host->get_family(host);
	msg->ifa_prefixlen = addr.len * 8;
	msg->ifa_index = index;
	netlink_add(&request, IFA_LOCAL, addr.ptr, addr.len);
	netlink_add(&request, IFA_ADDRESS, addr.ptr, addr.len);
	return netlink_ask(NETLINK_ROUTE, &request, NULL, NULL);
}

/**
 * Add a route from a virtual IP. It goes with the interface. It has no
 * destination, as bypass-lan takes other routes without a gateway for LANs, and
 * a priority of its own to have room beside those of other interfaces.
 */
static int add_route(u_int index, host_t *vip)
{
	chunk_t addr = vip->get_address(vip);
	netlink_request_t request;
	struct rtmsg *msg;

	msg = netlink_begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
						sizeof(*msg));
	msg->rtm_family = vip->get_family(vip);
	msg->rtm_table = TABLE;
	msg->rtm_protocol = RTPROT_STATIC;
	msg->rtm_scope = RT_SCOPE_LINK;
	msg->rtm_type = RTN_UNICAST;
	netlink_add(&request, RTA_PREFSRC, addr.ptr, addr.len);
	netlink_add_u32(&request, RTA_OIF, index);
	netlink_add_u32(&request, RTA_PRIORITY, index);
	return netlink_ask(NETLINK_ROUTE, &request, NULL, NULL);
}

/**
 * Have the table looked up for packets that leave by an interface, or not
 * anymore.
 */
static int set_rule(int type, int family, const char *name)
{
	netlink_request_t request;
	struct fib_rule_hdr *msg;

	msg = netlink_begin(&request, type, type == RTM_NEWRULE ?
						NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(*msg));
	msg->family = family;
	msg->table = TABLE;
	msg->action = FR_ACT_TO_TBL;
	netlink_add_u32(&request, FRA_PRIORITY, TABLE);
	netlink_add(&request, FRA_OIFNAME, name, strlen(name) + 1);
	return netlink_ask(NETLINK_ROUTE, &request, NULL, NULL);
}

/**
 * Add a route from the first virtual IP of either family.
 */
static int add_routes(u_int index, const char *vips)
{
	enumerator_t *enumerator;
	bool v4 = FALSE, v6 = FALSE, *seen;
	host_t *vip;
	char *token;
	int error = 0;

	enumerator = enumerator_create_token(vips, " ", "");
	while (!error && enumerator->enumerate(enumerator, &token))
	{
		vip = host_create_from_string(token, 0);
		if (vip)
		{
			seen = vip->get_family(vip) == AF_INET ? &v4 : &v6;
			error = *seen ? 0 : add_route(index, vip);
			*seen = TRUE;
			vip->destroy(vip);
		}
	}
	enumerator->destroy(enumerator);
	return error;
}

/**
 * Set up an interface, as far as it isn't. Returns an errno.
 */
static int set_up(unity_ext_record_t *record)
{
	u_int index = if_nametoindex(record->interface);
	host_t *dummy;
	int error;

	if (!record->link->up(record->link))
	{
		return ENETDOWN;
	}
	dummy = host_create_from_string(DUMMY_ADDRESS, 0);
	error = add_address(index, dummy);
	dummy->destroy(dummy);
	if (!error || error == EEXIST)
	{
		error = set_rule(RTM_NEWRULE, AF_INET, record->interface);
	}
	if (error == EEXIST)
	{
		error = 0;
	}
	/* there may be no IPv6, or the rule is there */
	if (!error && set_rule(RTM_NEWRULE, AF_INET6,
						   record->interface) == EAFNOSUPPORT)
	{
		DBG2(DBG_CFG, "unity-ext: no IPv6 on %s", record->interface);
	}
	return error ?: add_routes(index, record->vips);
}

void unity_ext_link_name(unity_ext_record_t *record)
{
	char name[IF_NAMESIZE];
	uint32_t number = record->id;

	do
	{
		snprintf(name, sizeof(name), "unity%u", number++);
	}
	while (if_nametoindex(name));
	unity_ext_record_set(&record->interface, name);
}

bool unity_ext_link_matters(void *unused, struct nlmsghdr *hdr)
{
	struct ifinfomsg *info;
	struct rtmsg *route;

	if (!hdr)
	{
		return TRUE;
	}
	switch (hdr->nlmsg_type)
	{
		case RTM_DELRULE:
		case RTM_DELLINK:
		case RTM_DELADDR:
			return TRUE;
		case RTM_NEWLINK:
			info = NLMSG_DATA(hdr);
			return hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(*info)) &&
				   info->ifi_type == ARPHRD_NONE && !(info->ifi_flags & IFF_UP);
		case RTM_DELROUTE:
			route = NLMSG_DATA(hdr);
			return hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(*route)) &&
				   route->rtm_table == TABLE;
		default:
			return FALSE;
	}
}

bool unity_ext_link_repair(unity_ext_record_t *record)
{
	int error;

	if (!if_nametoindex(record->interface))
	{
		return FALSE;
	}
	error = set_up(record);
	if (error)
	{
		DBG1(DBG_CFG, "unity-ext: can't set up %s: %s", record->interface,
			 strerror(error));
	}
	return TRUE;
}

const char *unity_ext_link_create(unity_ext_record_t *record)
{
	int error;

	record->link = tun_device_create(record->interface);
	if (!record->link)
	{
		return "can't create a TUN device";
	}
	/* else it would live on in a program that somebody else runs */
	fcntl(record->link->get_fd(record->link), F_SETFD, FD_CLOEXEC);
	error = set_up(record);
	return error ? strerror(error) : NULL;
}

void unity_ext_link_destroy(unity_ext_record_t *record)
{
	if (record->link || !if_nametoindex(record->interface))
	{
		set_rule(RTM_DELRULE, AF_INET, record->interface);
		set_rule(RTM_DELRULE, AF_INET6, record->interface);
		DESTROY_IF(record->link);
		record->link = NULL;
	}
}
