/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_links.h"

#include <ifaddrs.h>
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

/*
 * Described in header
 */
array_t *bypass_links_read(void)
{
	struct ifaddrs *list, *ifa;
	array_t *links;
	int family;

	if (getifaddrs(&list))
	{
		return NULL;
	}
	links = array_create(sizeof(bypass_link_t), 0);
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
	return links;
}
