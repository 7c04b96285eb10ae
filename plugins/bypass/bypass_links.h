/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_links.h
 * The host's interfaces, their addresses and the networks on their links.
 */

#ifndef BYPASS_LINKS_H_
#define BYPASS_LINKS_H_

#include "bypass_routing.h"

#include <collections/array.h>
#include <net/if.h>

typedef struct bypass_link_t bypass_link_t;

/**
 * An interface with one of its addresses, or with a network that is on its link
 * by a route, without an address in it, or with neither.
 */
struct bypass_link_t {
	char ifname[IF_NAMESIZE];
	int ifindex;
	/** IFF_* */
	u_int flags;
	/** whether a default route leads to it */
	bool uplink;
	/** the address, with the length of a host; family is 0 if there is none */
	bypass_prefix_t addr;
	/** the subnet it is in, or the network; family is 0 if there is none */
	bypass_prefix_t subnet;
};

/**
 * Read interfaces and addresses from the kernel, and what routes say of them.
 *
 * @param routing	knows routes
 * @param wait		gets the milliseconds after which to read again, 0 if that
 *					isn't needed
 * @return			array of bypass_link_t, NULL if that failed, errno is set
 */
array_t *bypass_links_read(bypass_routing_t *routing, u_int *wait);

#endif /** BYPASS_LINKS_H_ */
