/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_policy.h"

bypass_policy_t bypass_policy_create(uint8_t dir, const bypass_prefix_t *src,
									 const bypass_prefix_t *dst,
									 uint8_t protocol,
									 bypass_port_block_t sport,
									 bypass_port_block_t dport, int ifindex,
									 uint32_t entry)
{
	bypass_policy_t policy;

	/* padding, too, as selectors are compared as bytes, here and there */
	memset(&policy, 0, sizeof(policy));
	policy.dir = dir;
	policy.entry = entry;
	policy.sel.family = src->family;
	policy.sel.prefixlen_s = src->len;
	policy.sel.prefixlen_d = dst->len;
	memcpy(&policy.sel.saddr, src->addr, sizeof(src->addr));
	memcpy(&policy.sel.daddr, dst->addr, sizeof(dst->addr));
	policy.sel.proto = protocol;
	policy.sel.sport = sport.port;
	policy.sel.sport_mask = sport.mask;
	policy.sel.dport = dport.port;
	policy.sel.dport_mask = dport.mask;
	policy.sel.ifindex = ifindex;
	policy.sel.user = BYPASS_POLICY_MARK;
	return policy;
}

/**
 * Implementation of bypass_cmp_t.
 */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(bypass_policy_t, entry));
}

bypass_set_t *bypass_policy_set_create(void)
{
	return bypass_set_create(sizeof(bypass_policy_t), compare);
}
