/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_link.h"

#include <networking/host.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>
#include <unistd.h>

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

typedef struct request_t request_t;

/**
 * A message to the kernel.
 */
struct request_t {
	struct nlmsghdr hdr;
	union {
		struct ifaddrmsg addr;
		struct rtmsg route;
		struct fib_rule_hdr rule;
		u_char buf[128];
	};
};

/**
 * Initializer of a message.
 */
#define REQUEST(type, flags, header) { \
	.hdr = { \
		.nlmsg_type = type, \
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (flags), \
		.nlmsg_len = NLMSG_LENGTH(sizeof(struct header)), \
	}, \
}

/**
 * Append an attribute.
 */
static void append(request_t *request, int type, chunk_t data)
{
	struct rtattr *rta;

	rta = (struct rtattr*)((u_char*)request +
						   NLMSG_ALIGN(request->hdr.nlmsg_len));
	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(data.len);
	memcpy(RTA_DATA(rta), data.ptr, data.len);
	request->hdr.nlmsg_len = NLMSG_ALIGN(request->hdr.nlmsg_len) +
							 RTA_ALIGN(rta->rta_len);
}

/**
 * Send a message and wait for the answer. Returns an errno.
 */
static int transact(request_t *request)
{
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr err;
		request_t request;
	} answer;
	int fd, error = 0;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
	{
		return errno;
	}
	/* the kernel answers before send() returns */
	if (send(fd, request, request->hdr.nlmsg_len, 0) < 0 ||
		recv(fd, &answer, sizeof(answer), MSG_DONTWAIT) < 0)
	{
		error = errno;
	}
	else if (answer.hdr.nlmsg_type == NLMSG_ERROR)
	{
		error = -answer.err.error;
	}
	close(fd);
	return error;
}

/**
 * Add an address to an interface.
 */
static int add_address(u_int index, host_t *host)
{
	request_t request = REQUEST(RTM_NEWADDR, NLM_F_CREATE, ifaddrmsg);
	chunk_t addr = host->get_address(host);

	request.addr.ifa_family = host->get_family(host);
	request.addr.ifa_prefixlen = addr.len * 8;
	request.addr.ifa_index = index;
	append(&request, IFA_LOCAL, addr);
	append(&request, IFA_ADDRESS, addr);
	return transact(&request);
}

/**
 * Add a route from a virtual IP. It goes with the interface. It has no
 * destination, as bypass-lan takes other routes without a gateway for LANs, and
 * a priority of its own to have room beside those of other interfaces.
 */
static int add_route(u_int index, host_t *vip)
{
	request_t request = REQUEST(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
								rtmsg);

	request.route.rtm_family = vip->get_family(vip);
	request.route.rtm_table = TABLE;
	request.route.rtm_protocol = RTPROT_STATIC;
	request.route.rtm_scope = RT_SCOPE_LINK;
	request.route.rtm_type = RTN_UNICAST;
	append(&request, RTA_PREFSRC, vip->get_address(vip));
	append(&request, RTA_OIF, chunk_from_thing(index));
	append(&request, RTA_PRIORITY, chunk_from_thing(index));
	return transact(&request);
}

/**
 * Have the table looked up for packets that leave by an interface, or not
 * anymore.
 */
static int set_rule(int type, int family, const char *name)
{
	request_t request = REQUEST(type, type == RTM_NEWRULE ?
								NLM_F_CREATE | NLM_F_EXCL : 0, fib_rule_hdr);
	uint32_t priority = TABLE;

	request.rule.family = family;
	request.rule.table = TABLE;
	request.rule.action = FR_ACT_TO_TBL;
	append(&request, FRA_PRIORITY, chunk_from_thing(priority));
	append(&request, FRA_OIFNAME, chunk_create((u_char*)name,
											   strlen(name) + 1));
	return transact(&request);
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
static int set_up(const char *name, const char *vips)
{
	u_int index = if_nametoindex(name);
	host_t *dummy = host_create_from_string(DUMMY_ADDRESS, 0);
	int error;

	error = add_address(index, dummy);
	dummy->destroy(dummy);
	if (!error || error == EEXIST)
	{
		error = set_rule(RTM_NEWRULE, AF_INET, name);
	}
	if (error == EEXIST)
	{
		error = 0;
	}
	/* there may be no IPv6, or the rule is there */
	if (!error && set_rule(RTM_NEWRULE, AF_INET6, name) == EAFNOSUPPORT)
	{
		DBG2(DBG_CFG, "unity-ext: no IPv6 on %s", name);
	}
	return error ?: add_routes(index, vips);
}

void unity_ext_link_name(uint32_t number, char *buf, size_t len)
{
	do
	{
		snprintf(buf, len, "unity%u", number++);
	}
	while (if_nametoindex(buf));
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

bool unity_ext_link_repair(const char *name, tun_device_t *link,
						   const char *vips)
{
	int error;

	if (!if_nametoindex(name))
	{
		return FALSE;
	}
	error = link->up(link) ? set_up(name, vips) : ENETDOWN;
	if (error)
	{
		DBG1(DBG_CFG, "unity-ext: can't set up %s: %s", name, strerror(error));
	}
	return TRUE;
}

tun_device_t *unity_ext_link_create(const char *name, const char *vips,
									const char **reason)
{
	tun_device_t *link;
	int error;

	link = tun_device_create(name);
	if (!link)
	{
		*reason = "can't create a TUN device";
		return NULL;
	}
	/* else it would live on in a program that somebody else runs */
	fcntl(link->get_fd(link), F_SETFD, FD_CLOEXEC);
	error = link->up(link) ? set_up(name, vips) : ENETDOWN;
	if (error)
	{
		*reason = strerror(error);
		unity_ext_link_destroy(name, link);
		return NULL;
	}
	return link;
}

void unity_ext_link_destroy(const char *name, tun_device_t *link)
{
	if (!link && if_nametoindex(name))
	{
		return;
	}
	set_rule(RTM_DELRULE, AF_INET, name);
	set_rule(RTM_DELRULE, AF_INET6, name);
	DESTROY_IF(link);
}
