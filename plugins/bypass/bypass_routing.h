/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_routing.h
 * Knows the routes that say what is a LAN, among a million others.
 */

#ifndef BYPASS_ROUTING_H_
#define BYPASS_ROUTING_H_

#include "bypass_route.h"

typedef struct bypass_routing_t bypass_routing_t;

/**
 * All routes are read once. From then on events tell, as a router with a full
 * table takes seconds to list it. Only where the kernel removes routes without
 * an event, or events were lost, they are read again, and that is done so
 * rarely that it takes a small part of a processor. Thread-safe.
 */
struct bypass_routing_t {

	/**
	 * Take note of an event, of links, addresses, routes and rules. Doesn't
	 * block.
	 *
	 * @param hdr		message, NULL if some were lost
	 * @return			whether it may change what is a LAN
	 */
	bool (*note)(bypass_routing_t *this, struct nlmsghdr *hdr);

	/**
	 * Get what the routes say now. Called by one thread at a time.
	 *
	 * @param wait		gets the milliseconds after which to call again, as
	 *					something can't be told until then; 0 if all can
	 * @return			sealed set of bypass_way_t, NULL if that failed, errno
	 *					is set
	 */
	bypass_set_t *(*read)(bypass_routing_t *this, u_int *wait);

	/**
	 * Have routes of the plugin been removed since the last call? By whomever.
	 */
	bool (*lost)(bypass_routing_t *this);

	/**
	 * Destroy a bypass_routing_t.
	 */
	void (*destroy)(bypass_routing_t *this);
};

/**
 * Create a bypass_routing_t.
 *
 * @param table		routing table of tunnels, which aren't looked at, but for
 *					the plugin's routes
 */
bypass_routing_t *bypass_routing_create(uint32_t table);

/**
 * Does a table have routes that the kernel makes for addresses, as the main one
 * and those of VRFs?
 */
bool bypass_table_is_main(uint32_t table);

#endif /** BYPASS_ROUTING_H_ */
