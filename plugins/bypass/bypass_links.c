/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_links.h"
#include "bypass_netlink.h"
#include "bypass_route.h"

#include <local_addrs.h>

#include <errno.h>
#include <linux/rtnetlink.h>

/**
 * Read interfaces and addresses.
 */
static bool read_addresses(array_t *links)
{
	enumerator_t *enumerator;
	local_addr_t *addr;
	array_t *addrs;

	addrs = local_addrs_read();
	if (!addrs)
	{
		return FALSE;
	}
	enumerator = array_create_enumerator(addrs);
	while (enumerator->enumerate(enumerator, &addr))
	{
		bypass_link_t link = {
			.ifindex = addr->ifindex,
			.flags = addr->flags,
		};

		strcpy(link.ifname, addr->ifname);
		if (addr->family)
		{
			link.addr.family = addr->family;
			link.addr.len = bypass_addr_bits(addr->family);
			memcpy(link.addr.addr, addr->addr, sizeof(link.addr.addr));
			link.subnet = link.addr;
			link.subnet.len = addr->len;
			bypass_prefix_normalise(&link.subnet);
		}
		array_insert(links, ARRAY_TAIL, &link);
	}
	enumerator->destroy(enumerator);
	array_destroy(addrs);
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
