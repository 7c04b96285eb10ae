/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_links.h"
#include "bypass_netlink.h"
#include "bypass_route.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

/**
 * Get the bytes of an address.
 */
static void *get_bytes(struct sockaddr *sa)
{
	return sa->sa_family == AF_INET
				? (void*)&((struct sockaddr_in*)sa)->sin_addr
				: (void*)&((struct sockaddr_in6*)sa)->sin6_addr;
}

/**
 * Take over an address and its subnet.
 */
static void set_address(bypass_link_t *link, struct sockaddr *addr,
						struct sockaddr *netmask)
{
	size_t i, size = bypass_addr_size(addr->sa_family);
	uint8_t *mask = get_bytes(netmask);

	link->addr.family = addr->sa_family;
	link->addr.len = bypass_addr_bits(addr->sa_family);
	memcpy(link->addr.addr, get_bytes(addr), size);
	link->subnet = link->addr;
	link->subnet.len = 0;
	for (i = 0; i < size; i++)
	{
		link->subnet.len += __builtin_popcount(mask[i]);
	}
	bypass_prefix_normalise(&link->subnet);
}

/**
 * Read interfaces and addresses.
 */
static bool read_addresses(array_t *links)
{
	struct ifaddrs *list, *ifa;
	int family;

	if (getifaddrs(&list))
	{
		return FALSE;
	}
	for (ifa = list; ifa; ifa = ifa->ifa_next)
	{
		bypass_link_t link = { .flags = ifa->ifa_flags };

		/* IPv4 addresses may have a label, "eth0:1", for a name */
		snprintf(link.ifname, sizeof(link.ifname), "%.*s",
				 (int)strcspn(ifa->ifa_name, ":"), ifa->ifa_name);
		link.ifindex = if_nametoindex(link.ifname);
		family = ifa->ifa_addr ? ifa->ifa_addr->sa_family : AF_UNSPEC;
		if ((family == AF_INET || family == AF_INET6) && ifa->ifa_netmask)
		{
			set_address(&link, ifa->ifa_addr, ifa->ifa_netmask);
		}
		if (link.ifindex)
		{
			array_insert(links, ARRAY_TAIL, &link);
		}
	}
	freeifaddrs(list);
	return TRUE;
}

/**
 * Context of a dump of routes.
 */
typedef struct {
	array_t *links;
	/** subnets of addresses: the kernel has a route for each, too */
	bypass_set_t *subnets;
} routes_t;

/**
 * Take over a network that is on a link, callback of a dump.
 */
static void read_route(void *data, u_int unused, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	enumerator_t *enumerator;
	bypass_route_t route;
	bypass_link_t *link, routed;
	bool found = FALSE;

	if (!bypass_route_parse(hdr, &route) || !bypass_route_is_on_link(&route) ||
		bypass_set_find(this->subnets, &route.dst))
	{
		return;
	}
	enumerator = array_create_enumerator(this->links);
	while (!found && enumerator->enumerate(enumerator, &link))
	{
		found = link->ifindex == route.ifindex;
	}
	enumerator->destroy(enumerator);
	if (found)
	{
		routed = *link;
		routed.addr = (bypass_prefix_t){};
		routed.subnet = route.dst;
		array_insert(this->links, ARRAY_TAIL, &routed);
	}
}

/**
 * Read the networks that are on links by a route.
 */
static bool read_routes(array_t *links)
{
	bypass_netlink_t *rtnl;
	bypass_link_t *link;
	routes_t routes = {
		.links = links,
		.subnets = bypass_prefix_set_create(),
	};
	enumerator_t *enumerator;
	int error;

	enumerator = array_create_enumerator(links);
	while (enumerator->enumerate(enumerator, &link))
	{
		bypass_set_add(routes.subnets, &link->subnet);
	}
	enumerator->destroy(enumerator);
	bypass_set_seal(routes.subnets);

	rtnl = bypass_netlink_create(NETLINK_ROUTE);
	if (rtnl)
	{
		error = rtnl->dump(rtnl, RTM_GETROUTE, sizeof(struct rtmsg), AF_UNSPEC,
						   read_route, &routes);
		rtnl->destroy(rtnl);
	}
	else
	{
		error = errno;
	}
	bypass_set_destroy(routes.subnets);
	errno = error;
	/* routes that changed meanwhile make an event, if they matter */
	return !error || error == EINTR;
}

/*
 * Described in header
 */
array_t *bypass_links_read(void)
{
	array_t *links;

	links = array_create(sizeof(bypass_link_t), 0);
	if (!read_addresses(links) || !read_routes(links))
	{
		array_destroy(links);
		return NULL;
	}
	return links;
}
