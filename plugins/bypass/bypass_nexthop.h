/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_nexthop.h
 * Next hop objects of the kernel, which routes may lead to. With
 * net.ipv4.nexthop_compat_mode = 0 a route names nothing else.
 */

#ifndef BYPASS_NEXTHOP_H_
#define BYPASS_NEXTHOP_H_

#include "bypass_route.h"

/**
 * Add a way for each interface of the next hop object that a way names.
 *
 * @param way		way with a next hop object
 * @param ways		set of bypass_way_t to add to
 * @return			0 or errno, ENOENT if there is no such object
 */
int bypass_nexthop_add(const bypass_way_t *way, bypass_set_t *ways);

#endif /** BYPASS_NEXTHOP_H_ */
