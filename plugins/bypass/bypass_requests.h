/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_requests.h
 * Netlink messages about policies and routes.
 */

#ifndef BYPASS_REQUESTS_H_
#define BYPASS_REQUESTS_H_

#include "bypass_policy.h"

/**
 * Protocol of our routes, see rt_protos: tells them from everybody else's.
 */
#define BYPASS_ROUTE_PROTOCOL 98

/**
 * Daemons in one network namespace that can be told from each other.
 */
#define BYPASS_SLOTS 16

/**
 * Whose policies and routes these are, and where routes are.
 */
typedef struct {
	/** number of the daemon, below BYPASS_SLOTS: part of their marks */
	uint32_t slot;
	/** routing table */
	uint32_t table;
} bypass_place_t;

/**
 * Write a request.
 *
 * @param request	gets it
 * @param item		bypass_policy_t or bypass_prefix_t it is about
 * @param place		whose it is
 */
typedef void (*bypass_write_t)(netlink_request_t *request, const void *item,
							   const bypass_place_t *place);

/** Write a request for a policy to be added. */
void bypass_policy_add(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place);

/** Write a request for a policy to be read. */
void bypass_policy_get(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place);

/**
 * Parse the answer to that.
 *
 * @param hdr		message
 * @param policy	gets what the message says, with the mark of slot 0
 * @param slot		gets whose it is
 * @return			FALSE if it isn't a policy of this plugin
 */
bool bypass_policy_parse(struct nlmsghdr *hdr, bypass_policy_t *policy,
						 uint32_t *slot);

/**
 * Write a request for a policy to be deleted, by its index. If told its
 * selector, the kernel walks the tree of all policies to prune it, each time.
 */
void bypass_policy_del(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place);

/**
 * Write a request for a route to be added. It throws packets back to the rules
 * behind the one that led to the table.
 */
void bypass_route_add(netlink_request_t *request, const void *prefix,
					  const bypass_place_t *place);

/** Write a request for a route to be deleted. */
void bypass_route_del(netlink_request_t *request, const void *prefix,
					  const bypass_place_t *place);

/**
 * Read the plugin's policies from the kernel.
 *
 * @param out		sets of bypass_policy_t to append to, for each slot
 * @return			0 or errno
 */
int bypass_policies_read(bypass_set_t *out[BYPASS_SLOTS]);

/**
 * Read the plugin's routes from the kernel.
 *
 * @param table		routing table they are in
 * @param out		sets of bypass_prefix_t to append to, for each slot
 * @return			0 or errno
 */
int bypass_routes_read(uint32_t table, bypass_set_t *out[BYPASS_SLOTS]);

/**
 * Does a table have routes that the kernel makes for addresses, as the main one
 * and those of VRFs?
 */
bool bypass_table_is_main(uint32_t table);

#endif /** BYPASS_REQUESTS_H_ */
