/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_planner.h"

#include <netinet/in.h>

/**
 * Any port, as a block.
 */
static const bypass_port_block_t any_port = {};

/**
 * Is the network of an interface a LAN that should be excluded? Interfaces
 * without broadcasts are tunnels of all kinds and point-to-point links.
 */
static bool is_lan(bypass_settings_t *settings, bypass_link_t *link)
{
	return link->subnet.family && link->subnet.len &&
		   link->subnet.len < bypass_addr_bits(link->subnet.family) &&
		   (link->flags & (IFF_UP | IFF_BROADCAST | IFF_LOOPBACK)) ==
		   (IFF_UP | IFF_BROADCAST) &&
		   (!settings->lan_interfaces ||
			settings->lan_interfaces->matches(settings->lan_interfaces,
											  link->ifname));
}

/**
 * Get the subnets of LANs' addresses, those of IPv6's link-local ones, too.
 */
static bypass_set_t *get_lan_subnets(bypass_planner_t *this,
									 bypass_settings_t *settings)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	bypass_set_t *subnets;

	subnets = bypass_prefix_set_create();
	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (link->addr.family && is_lan(settings, link))
		{
			bypass_set_add(subnets, &link->subnet);
		}
	}
	enumerator->destroy(enumerator);
	bypass_set_seal(subnets);
	return subnets;
}

/**
 * Add both hooks of packets that are never forwarded.
 */
static void add_on_link(bypass_planner_t *this, const bypass_prefix_t *src,
						const bypass_prefix_t *dst, uint8_t protocol,
						bypass_port_block_t type)
{
	bypass_planner_add_policy(this, XFRM_POLICY_OUT, src, dst, protocol, type,
							  any_port, 0);
	bypass_planner_add_policy(this, XFRM_POLICY_IN, src, dst, protocol, type,
							  any_port, 0);
}

/**
 * Add what IPv6 needs on a link: link-local addresses and multicast, and
 * neighbour discovery between any addresses, which RFC 4861 forbids to
 * forward.
 */
static void add_ipv6_link(bypass_planner_t *this)
{
	static const bypass_prefix_t any = { .family = AF_INET6 };
	static const bypass_prefix_t unspecified = {
		.family = AF_INET6, .len = 128,
	};
	static const bypass_prefix_t local = {
		.family = AF_INET6, .len = 10, .addr = { 0xfe, 0x80 },
	};
	static const bypass_prefix_t multicast = {
		.family = AF_INET6, .len = 16, .addr = { 0xff, 0x02 },
	};
	/* router solicitation to redirect, RFC 4861, 4 */
	static const uint8_t first = 133, last = 137;
	bypass_port_block_t type = { .mask = UINT16_MAX };
	bypass_entry_t *entry;
	u_int i;

	entry = bypass_planner_add_entry(this, "lan:ipv6-link");
	bypass_set_add(entry->local, &local);
	bypass_set_add(entry->remote, &local);
	bypass_set_add(entry->remote, &multicast);
	add_on_link(this, &local, &local, 0, any_port);
	add_on_link(this, &local, &multicast, 0, any_port);
	/* listener reports during duplicate address detection, RFC 3590 */
	add_on_link(this, &unspecified, &multicast, 0, any_port);
	entry = bypass_planner_add_entry(this, "lan:ipv6-nd");
	entry->protocol = IPPROTO_ICMPV6;
	/* see traffic_selector_icmp_type() */
	entry->local_port.from = first << 8;
	entry->local_port.to = last << 8;
	entry->remote_port = entry->local_port;
	bypass_set_add(entry->local, &any);
	bypass_set_add(entry->remote, &any);
	for (i = first; i <= last; i++)
	{
		type.port = htons(i);
		add_on_link(this, &any, &any, IPPROTO_ICMPV6, type);
	}
}

/**
 * Add this host's addresses on a link to the last entry, a network that is on
 * that link by a route: there is no address in it to cover them.
 */
static void add_addresses(bypass_planner_t *this, bypass_entry_t *entry,
						  bypass_link_t *routed)
{
	enumerator_t *enumerator;
	bypass_link_t *link;

	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (link->ifindex == routed->ifindex &&
			link->addr.family == routed->subnet.family &&
			!bypass_prefix_is_link_local(&link->addr))
		{
			bypass_set_add(entry->local, &link->addr);
			bypass_planner_add_policy(this, XFRM_POLICY_OUT, &link->addr,
									  &routed->subnet, 0, any_port, any_port,
									  0);
			bypass_planner_add_policy(this, XFRM_POLICY_IN, &routed->subnet,
									  &link->addr, 0, any_port, any_port, 0);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Add a LAN.
 */
static bypass_entry_t *add_subnet(bypass_planner_t *this,
								  const bypass_prefix_t *subnet)
{
	bypass_entry_t *entry;
	traffic_selector_t *ts;
	char name[BUF_LEN];
	uint8_t dir;

	ts = bypass_prefix_to_ts(subnet, 0, 0, UINT16_MAX);
	snprintf(name, sizeof(name), "lan:%R", ts);
	ts->destroy(ts);
	entry = bypass_planner_add_entry(this, name);
	bypass_set_add(entry->local, subnet);
	bypass_set_add(entry->remote, subnet);
	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_FWD; dir++)
	{
		bypass_planner_add_policy(this, dir, subnet, subnet, 0, any_port,
								  any_port, 0);
	}
	bypass_planner_add_route(this, subnet);
	this->plan->subnets++;
	return entry;
}

/**
 * Add the networks that are LANs by a route.
 */
static void add_routed(bypass_planner_t *this, bypass_settings_t *settings)
{
	enumerator_t *enumerator;
	bypass_link_t *link;

	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (!link->addr.family && is_lan(settings, link) &&
			!bypass_prefix_is_link_local(&link->subnet))
		{
			add_addresses(this, add_subnet(this, &link->subnet), link);
		}
	}
	enumerator->destroy(enumerator);
}

/*
 * Described in header
 */
void bypass_planner_add_lan(bypass_planner_t *this,
							bypass_settings_t *settings)
{
	bypass_prefix_t *subnet;
	bypass_set_t *subnets;
	bool ipv6 = FALSE;
	u_int i;

	subnets = get_lan_subnets(this, settings);
	for (i = 0; i < subnets->count; i++)
	{
		subnet = bypass_set_get(subnets, i);
		ipv6 |= subnet->family == AF_INET6;
		if (!bypass_prefix_is_link_local(subnet))
		{
			add_subnet(this, subnet);
		}
	}
	bypass_set_destroy(subnets);
	add_routed(this, settings);
	if (ipv6)
	{
		add_ipv6_link(this);
	}
}
