/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_links.h"

#include <local_addrs.h>

#include <errno.h>

/**
 * Interfaces being read.
 */
typedef struct {
	/** set of bypass_link_t, the interfaces alone, by index */
	bypass_set_t *devices;
	/** array of bypass_link_t, what is returned */
	array_t *links;
	/** set of bypass_prefix_t, subnets of addresses */
	bypass_set_t *subnets;
} reading_t;

/**
 * Implementation of bypass_cmp_t: by index.
 */
static int compare(const void *a, const void *b)
{
	return ((bypass_link_t*)a)->ifindex - ((bypass_link_t*)b)->ifindex;
}

/**
 * Append a network of an interface, with the address in it or without.
 */
static void append(reading_t *this, bypass_link_t *device,
				   const bypass_prefix_t *addr, const bypass_prefix_t *subnet)
{
	bypass_link_t link = *device;

	link.addr = addr ? *addr : (bypass_prefix_t){};
	link.subnet = *subnet;
	array_insert(this->links, ARRAY_TAIL, &link);
}

/**
 * Append an address and its subnet.
 */
static void append_address(reading_t *this, bypass_link_t *device,
						   local_addr_t *local)
{
	bypass_prefix_t addr = {
		.family = local->family,
		.len = bypass_addr_bits(local->family),
	};
	bypass_prefix_t subnet = addr;
	bool is_peer = !memeq(local->addr, local->peer, sizeof(local->addr));

	memcpy(addr.addr, local->addr, sizeof(addr.addr));
	memcpy(subnet.addr, local->peer, sizeof(subnet.addr));
	subnet.len = local->len;
	bypass_prefix_normalise(&subnet);
	bypass_set_add(this->subnets, &subnet);
	if (is_peer)
	{	/* the other end's network is on the link, this end's address isn't in
		 * it */
		append(this, device, NULL, &subnet);
		subnet = addr;
	}
	append(this, device, &addr, &subnet);
}

/**
 * Read interfaces and their addresses.
 *
 * @return			FALSE if that failed, errno is set
 */
static bool read_addresses(reading_t *this)
{
	enumerator_t *enumerator;
	local_addr_t *local;
	array_t *locals;

	locals = local_addrs_read();
	if (!locals)
	{
		return FALSE;
	}
	enumerator = array_create_enumerator(locals);
	while (enumerator->enumerate(enumerator, &local))
	{
		bypass_link_t device = {
			.ifindex = local->ifindex,
			.flags = local->flags,
		};

		strcpy(device.ifname, local->ifname);
		if (local->family)
		{
			append_address(this, &device, local);
		}
		else
		{
			bypass_set_add(this->devices, &device);
			append(this, &device, NULL, &device.subnet);
		}
	}
	enumerator->destroy(enumerator);
	array_destroy(locals);
	bypass_set_seal(this->devices);
	bypass_set_seal(this->subnets);
	return TRUE;
}

/**
 * Take over the networks that are on links by a route alone, and the interfaces
 * that a default route leads to.
 */
static void add_ways(reading_t *this, bypass_set_t *ways)
{
	bypass_link_t *device, *link;
	enumerator_t *enumerator;
	bypass_way_t *way;
	u_int i;

	for (i = 0; i < ways->count; i++)
	{
		way = bypass_set_get(ways, i);
		device = bypass_set_find(this->devices,
								 &(bypass_link_t){ .ifindex = way->ifindex });
		if (device)
		{
			device->uplink |= way->uplink;
			if (!way->uplink && !bypass_set_find(this->subnets, &way->dst))
			{
				append(this, device, NULL, &way->dst);
			}
		}
	}
	enumerator = array_create_enumerator(this->links);
	while (enumerator->enumerate(enumerator, &link))
	{
		device = bypass_set_find(this->devices, link);
		link->uplink = device->uplink;
	}
	enumerator->destroy(enumerator);
}

array_t *bypass_links_read(bypass_routing_t *routing, u_int *wait)
{
	reading_t this = {
		.devices = bypass_set_create(sizeof(bypass_link_t), compare),
		.links = array_create(sizeof(bypass_link_t), 0),
		.subnets = bypass_prefix_set_create(),
	};
	bypass_set_t *ways = NULL;
	int error = 0;

	if (read_addresses(&this))
	{
		ways = routing->read(routing, wait);
	}
	if (ways)
	{
		add_ways(&this, ways);
		bypass_set_destroy(ways);
	}
	else
	{
		error = errno;
		array_destroy(this.links);
		this.links = NULL;
	}
	bypass_set_destroy(this.devices);
	bypass_set_destroy(this.subnets);
	errno = error;
	return this.links;
}
