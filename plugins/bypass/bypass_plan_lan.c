/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_planner.h"
#include "bypass_notices.h"

#include <netinet/in.h>

/**
 * What lan does about a subnet.
 */
typedef enum {
	/** it isn't one of a LAN */
	LAN_NONE,
	LAN_TAKEN,
	/** a default route leads to its interface */
	LAN_UPLINK,
	/** it has one of an uplink in it */
	LAN_HAS_UPLINK,
	LAN_TOO_LARGE,
} lan_t;

bool bypass_planner_is_too_large(bypass_planner_t *this, bypass_link_t *link)
{
	return link->subnet.len < bypass_lan_min_prefix(this->settings,
													link->subnet.family);
}

/**
 * Does a default route lead to an interface that nobody says is a LAN?
 */
static bool is_uplink(bypass_planner_t *this, bypass_link_t *link)
{
	glob_list_t *named = this->settings->lan_interfaces;

	return link->uplink && !(this->settings->lan_named &&
							 named->matches(named, link->ifname));
}

/**
 * Find the subnets of uplinks.
 */
static bypass_set_t *find_uplinks(bypass_planner_t *this)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	bypass_set_t *uplinks;

	uplinks = bypass_prefix_set_create();
	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		if (link->subnet.family && is_uplink(this, link) &&
			link->subnet.len < bypass_addr_bits(link->subnet.family) &&
			!bypass_prefix_is_link_local(&link->subnet))
		{
			bypass_set_add(uplinks, &link->subnet);
		}
	}
	enumerator->destroy(enumerator);
	return uplinks;
}

/**
 * Does a subnet have one of an uplink in it?
 */
static bool has_uplink(bypass_planner_t *this, bypass_link_t *lan)
{
	u_int i;

	for (i = 0; i < this->uplinks->count; i++)
	{
		if (bypass_prefix_contains(&lan->subnet,
								   bypass_set_get(this->uplinks, i)))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Is the network of an interface a LAN that should be excluded? Interfaces
 * without broadcasts are tunnels of all kinds and point-to-point links.
 */
static lan_t judge(bypass_planner_t *this, bypass_link_t *link)
{
	glob_list_t *interfaces = this->settings->lan_interfaces;

	if (!link->subnet.family || !link->subnet.len ||
		link->subnet.len == bypass_addr_bits(link->subnet.family) ||
		(link->flags & (IFF_UP | IFF_BROADCAST | IFF_LOOPBACK)) !=
		(IFF_UP | IFF_BROADCAST) ||
		(interfaces && !interfaces->matches(interfaces, link->ifname)))
	{
		return LAN_NONE;
	}
	if (is_uplink(this, link))
	{
		return LAN_UPLINK;
	}
	if (bypass_planner_is_too_large(this, link))
	{
		return LAN_TOO_LARGE;
	}
	return has_uplink(this, link) ? LAN_HAS_UPLINK : LAN_TAKEN;
}

/**
 * Implementation of bypass_cmp_t: by subnet and interface.
 */
static int compare_links(const void *a, const void *b)
{
	const bypass_link_t *one = a, *other = b;

	return memcmp(&one->subnet, &other->subnet, sizeof(one->subnet)) ?:
		   one->ifindex - other->ifindex;
}

/**
 * Note what is done about a link.
 */
static void note_lan(bypass_planner_t *this, bypass_link_t *link, lan_t lan)
{
	uint8_t family = link->subnet.family;
	char net[BYPASS_PREFIX_LEN];

	bypass_prefix_print(&link->subnet, net, sizeof(net));
	switch (lan)
	{
		case LAN_TAKEN:
			bypass_notices_add(this->plan->taken, "%s (%s)", net,
							   link->ifname);
			break;
		case LAN_UPLINK:
			bypass_notices_add(this->plan->left_out, "%s (a default route "
							   "leads to %s, which lan_interfaces doesn't "
							   "name)", net, link->ifname);
			break;
		case LAN_HAS_UPLINK:
			bypass_notices_add(this->plan->left_out, "%s (%s, has the subnet "
							   "of an interface with a default route in it)",
							   net, link->ifname);
			break;
		case LAN_TOO_LARGE:
			bypass_notices_add(this->plan->left_out, "%s (%s, larger than %s ="
							   " %u allows)", net, link->ifname,
							   bypass_lan_min_prefix_key(family),
							   bypass_lan_min_prefix(this->settings, family));
			break;
		case LAN_NONE:
			break;
	}
}

/**
 * Add packets of any kind in one hook.
 */
static void add_any(bypass_planner_t *this, uint8_t dir,
					const bypass_prefix_t *src, const bypass_prefix_t *dst)
{
	bypass_planner_add_policy(this, dir, &(bypass_flow_t){
		.src = src, .dst = dst,
	});
}

/**
 * Add both hooks of packets that are never forwarded.
 */
static void add_on_link(bypass_planner_t *this, const bypass_prefix_t *src,
						const bypass_prefix_t *dst)
{
	add_any(this, XFRM_POLICY_OUT, src, dst);
	add_any(this, XFRM_POLICY_IN, src, dst);
}

/**
 * Add what IPv6 needs on the link of a LAN: link-local addresses and multicast.
 */
static void add_ipv6_link(bypass_planner_t *this)
{
	static const bypass_prefix_t unspecified = {
		.family = AF_INET6, .len = 128,
	};
	static const bypass_prefix_t local = {
		.family = AF_INET6, .len = 10, .addr = { 0xfe, 0x80 },
	};
	static const bypass_prefix_t multicast = {
		.family = AF_INET6, .len = 16, .addr = { 0xff, 0x02 },
	};
	bypass_entry_t *entry;

	entry = bypass_planner_add_entry(this, "lan:ipv6-link");
	bypass_set_add(entry->local, &local);
	bypass_set_add(entry->remote, &local);
	bypass_set_add(entry->remote, &multicast);
	add_on_link(this, &local, &local);
	add_on_link(this, &local, &multicast);
	/* listener reports during duplicate address detection, RFC 3590 */
	add_on_link(this, &unspecified, &multicast);
}

/**
 * Add neighbour discovery between any addresses, which RFC 4861 forbids to
 * forward.
 */
static void add_ipv6_nd(bypass_planner_t *this)
{
	static const bypass_prefix_t any = { .family = AF_INET6 };
	/* router solicitation to redirect, RFC 4861, 4 */
	static const uint8_t first = 133, last = 137;
	bypass_flow_t flow = {
		.src = &any,
		.dst = &any,
		.protocol = IPPROTO_ICMPV6,
		.sport.mask = UINT16_MAX,
	};
	bypass_entry_t *entry;
	u_int i;

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
		flow.sport.port = htons(i);
		bypass_planner_add_policy(this, XFRM_POLICY_OUT, &flow);
		bypass_planner_add_policy(this, XFRM_POLICY_IN, &flow);
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
			add_any(this, XFRM_POLICY_OUT, &link->addr, &routed->subnet);
			add_any(this, XFRM_POLICY_IN, &routed->subnet, &link->addr);
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
		add_any(this, dir, subnet, subnet);
	}
	bypass_planner_add_route(this, subnet);
	this->plan->subnets++;
	return entry;
}

/**
 * Add the networks that are LANs by a route.
 */
static void add_routed(bypass_planner_t *this)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	lan_t lan;

	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		lan = link->addr.family ? LAN_NONE : judge(this, link);
		if (!bypass_prefix_is_link_local(&link->subnet))
		{
			note_lan(this, link, lan);
			if (lan == LAN_TAKEN)
			{
				add_addresses(this, add_subnet(this, &link->subnet), link);
			}
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Judge the subnets of addresses, those of IPv6's link-local ones, too.
 *
 * @param left		gets links that are left out
 * @return			links that are LANs; as in left, one for each subnet and
 *					interface, sorted by subnet
 */
static bypass_set_t *judge_addresses(bypass_planner_t *this,
									 bypass_set_t **left)
{
	enumerator_t *enumerator;
	bypass_link_t *link;
	bypass_set_t *taken;
	lan_t lan;

	taken = bypass_set_create(sizeof(bypass_link_t), compare_links);
	*left = bypass_set_create(sizeof(bypass_link_t), compare_links);
	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		lan = link->addr.family ? judge(this, link) : LAN_NONE;
		if (lan != LAN_NONE)
		{
			bypass_set_add(lan == LAN_TAKEN ? taken : *left, link);
		}
	}
	enumerator->destroy(enumerator);
	bypass_set_seal(taken);
	bypass_set_seal(*left);
	return taken;
}

void bypass_planner_add_lan(bypass_planner_t *this)
{
	bypass_set_t *taken, *left;
	bypass_link_t *link, *last = NULL;
	bool ipv6 = FALSE, ipv6_left = FALSE;
	u_int i;

	this->uplinks = find_uplinks(this);
	taken = judge_addresses(this, &left);
	for (i = 0; i < taken->count; i++)
	{
		link = bypass_set_get(taken, i);
		ipv6 |= link->subnet.family == AF_INET6;
		if (bypass_prefix_is_link_local(&link->subnet))
		{
			continue;
		}
		note_lan(this, link, LAN_TAKEN);
		if (!last || !memeq(&last->subnet, &link->subnet,
							sizeof(link->subnet)))
		{
			add_subnet(this, &link->subnet);
		}
		last = link;
	}
	for (i = 0; i < left->count; i++)
	{
		link = bypass_set_get(left, i);
		ipv6_left |= link->subnet.family == AF_INET6;
		if (!bypass_prefix_is_link_local(&link->subnet))
		{
			note_lan(this, link, judge(this, link));
		}
	}
	bypass_set_destroy(taken);
	bypass_set_destroy(left);
	add_routed(this);
	bypass_set_destroy(this->uplinks);
	if (ipv6)
	{
		add_ipv6_link(this);
	}
	if (ipv6 || ipv6_left)
	{	/* a tunnel for ::/0 would cut off the router it needs itself */
		add_ipv6_nd(this);
	}
}
