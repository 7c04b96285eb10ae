/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_policy.h
 * A policy in the kernel that lets packets pass without IPsec, and messages
 * about it.
 */

#ifndef BYPASS_POLICY_H_
#define BYPASS_POLICY_H_

#include "bypass_prefix.h"

#include <protocol.h>

#include <linux/xfrm.h>

typedef struct bypass_flow_t bypass_flow_t;
typedef struct bypass_policy_t bypass_policy_t;

/**
 * Ports that have some bits in common, which is what the kernel matches; both
 * in network order.
 */
typedef struct {
	uint16_t port;
	uint16_t mask;
} bypass_port_block_t;

/**
 * Largest number of blocks that a range may consist of.
 */
#define BYPASS_PORT_BLOCKS_MAX 30

/**
 * Packets that a policy is about.
 */
struct bypass_flow_t {
	const bypass_prefix_t *src;
	const bypass_prefix_t *dst;
	/** 0 for any */
	uint8_t protocol;
	/** source port, or ICMP type */
	bypass_port_block_t sport;
	bypass_port_block_t dport;
	/** 0 for any */
	int ifindex;
};

/**
 * What identifies a policy, and why there is one.
 */
struct bypass_policy_t {
	struct xfrm_selector sel;
	/** XFRM_POLICY_IN, _OUT or _FWD */
	uint32_t dir;
	/** index of the bypass_entry_t, not part of the identity */
	uint32_t entry;
	/** when it was last used, 0 for never or if unknown; not part either */
	uint64_t used;
	/** the kernel's number for it, 0 if unknown; not part either */
	uint32_t index;
};

/**
 * Value of xfrm_selector.user in all our policies.
 *
 * The kernel doesn't look at it when it matches packets, but compares it when
 * it looks for a policy. So ours can't be confused with a policy of somebody
 * else, not even charon's for the same traffic: it neither replaces ours nor
 * do we delete its. And what a daemon that crashed has left is found by it.
 */
#define BYPASS_POLICY_MARK 0x62797061

/**
 * Priority of all our policies, the lowest value wins. Charon's own are above
 * 68,540, save for CHILD_SAs with a priority set by hand.
 */
#define BYPASS_POLICY_PRIORITY 1000

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
 * Split a range of ports into blocks.
 *
 * @param blocks	gets BYPASS_PORT_BLOCKS_MAX blocks at the most
 * @return			number of blocks
 */
u_int bypass_ports_split(port_range_t ports, bypass_port_block_t *blocks);

/**
 * Create a policy.
 *
 * @param dir		XFRM_POLICY_IN, _OUT or _FWD
 * @param flow		packets it is about
 * @param entry		index of the bypass_entry_t
 */
bypass_policy_t bypass_policy_create(uint8_t dir, const bypass_flow_t *flow,
									 uint32_t entry);

/**
 * Create an empty set of policies.
 */
bypass_set_t *bypass_policy_set_create(void);

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
 * Read the plugin's policies from the kernel.
 *
 * @param out		sets of bypass_policy_t to append to, for each slot
 * @return			0 or errno
 */
int bypass_policies_read(const bypass_place_t *unused, bypass_set_t **out);

#endif /** BYPASS_POLICY_H_ */
