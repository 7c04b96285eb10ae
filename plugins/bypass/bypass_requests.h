/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_requests.h
 * Netlink messages about policies and routes.
 */

#ifndef BYPASS_REQUESTS_H_
#define BYPASS_REQUESTS_H_

#include "bypass_netlink.h"
#include "bypass_policy.h"

/**
 * Protocol of our routes, see rt_protos: tells them from everybody else's.
 */
#define BYPASS_ROUTE_PROTOCOL 98

/**
 * Write a request.
 *
 * @param hdr		BYPASS_REQUEST_MAX zero bytes to write it to
 * @param item		bypass_policy_t or bypass_prefix_t it is about
 * @param table		routing table, unused for policies
 */
typedef void (*bypass_write_t)(struct nlmsghdr *hdr, const void *item,
							   uint32_t table);

/** Write a request for a policy to be added. */
void bypass_policy_add(struct nlmsghdr *hdr, const void *policy,
					   uint32_t unused);

/** Write a request for a policy to be read. */
void bypass_policy_get(struct nlmsghdr *hdr, const void *policy,
					   uint32_t unused);

/**
 * Parse the answer to that.
 *
 * @param hdr		message
 * @param policy	gets what the message says
 * @return			FALSE if it isn't one of our policies
 */
bool bypass_policy_parse(struct nlmsghdr *hdr, bypass_policy_t *policy);

/**
 * Write a request for a policy to be deleted, by its index. If told its
 * selector, the kernel walks the tree of all policies to prune it, each time.
 */
void bypass_policy_del(struct nlmsghdr *hdr, const void *policy,
					   uint32_t unused);

/**
 * Write a request for a route to be added. It throws packets back to the rules
 * behind the one that led to the table.
 */
void bypass_route_add(struct nlmsghdr *hdr, const void *prefix,
					  uint32_t table);

/** Write a request for a route to be deleted. */
void bypass_route_del(struct nlmsghdr *hdr, const void *prefix,
					  uint32_t table);

/**
 * Read our policies from the kernel.
 *
 * @param xfrm		socket
 * @param out		set of bypass_policy_t to append to
 * @return			0 or errno
 */
int bypass_policies_read(bypass_netlink_t *xfrm, bypass_set_t *out);

/**
 * Read our routes from the kernel.
 *
 * @param table		routing table they are in
 * @param out		set of bypass_prefix_t to append to
 * @return			0 or errno
 */
int bypass_routes_read(uint32_t table, bypass_set_t *out);

#endif /** BYPASS_REQUESTS_H_ */
