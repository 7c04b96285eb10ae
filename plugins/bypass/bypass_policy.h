/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_policy.h
 * A policy in the kernel that lets packets pass without IPsec.
 */

#ifndef BYPASS_POLICY_H_
#define BYPASS_POLICY_H_

#include "bypass_number.h"
#include "bypass_prefix.h"

#include <linux/xfrm.h>

typedef struct bypass_policy_t bypass_policy_t;

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
 * Create a policy.
 *
 * @param dir		XFRM_POLICY_IN, _OUT or _FWD
 * @param src		source of packets
 * @param dst		destination of packets
 * @param protocol	0 for any
 * @param sport		source port, or ICMP type
 * @param dport		destination port
 * @param ifindex	interface, 0 for any
 * @param entry		index of the bypass_entry_t
 */
bypass_policy_t bypass_policy_create(uint8_t dir, const bypass_prefix_t *src,
									 const bypass_prefix_t *dst,
									 uint8_t protocol,
									 bypass_port_block_t sport,
									 bypass_port_block_t dport, int ifindex,
									 uint32_t entry);

/**
 * Create an empty set of policies.
 */
bypass_set_t *bypass_policy_set_create(void);

#endif /** BYPASS_POLICY_H_ */
