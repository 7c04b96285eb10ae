/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_route.h
 * What the kernel says about a route.
 */

#ifndef BYPASS_ROUTE_H_
#define BYPASS_ROUTE_H_

#include "bypass_prefix.h"

#include <linux/netlink.h>

typedef struct bypass_route_t bypass_route_t;

/**
 * A route.
 */
struct bypass_route_t {
	bypass_prefix_t dst;
	uint32_t table;
	/** RTN_* */
	uint8_t type;
	/** RTPROT_* */
	uint8_t protocol;
	/** interface, 0 if there is none or several */
	int ifindex;
	/** whether packets are passed to another router */
	bool gateway;
};

/**
 * Parse a message about a route.
 *
 * @param hdr		message of a dump or an event
 * @param route		gets what it says
 * @return			FALSE if it is about something else
 */
bool bypass_route_parse(struct nlmsghdr *hdr, bypass_route_t *route);

/**
 * Is the route's destination a network that is on the link of the route's
 * interface? Only the main table is about that: other ones have conditions.
 */
bool bypass_route_is_on_link(const bypass_route_t *route);

/**
 * Does an event matter to LANs? Those of interfaces and addresses do, but of
 * routes only those on a link: a router may see others change all the time.
 */
bool bypass_route_event_matters(struct nlmsghdr *hdr);

#endif /** BYPASS_ROUTE_H_ */
