/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_policy.h"

#include <arpa/inet.h>

u_int bypass_ports_split(port_range_t ports, bypass_port_block_t *blocks)
{
	uint32_t next, size;
	u_int count = 0;

	for (next = ports.from; next <= ports.to; next += size)
	{
		size = 1;
		while (size <= UINT16_MAX && !(next & size) &&
			   next + 2 * size - 1 <= ports.to)
		{
			size *= 2;
		}
		blocks[count++] = (bypass_port_block_t){
			.port = htons(next),
			.mask = htons(~(size - 1)),
		};
	}
	return count;
}

bypass_policy_t bypass_policy_create(uint8_t dir, const bypass_flow_t *flow,
									 uint32_t entry)
{
	const bypass_prefix_t *src = flow->src, *dst = flow->dst;
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
	policy.sel.proto = flow->protocol;
	policy.sel.sport = flow->sport.port;
	policy.sel.sport_mask = flow->sport.mask;
	policy.sel.dport = flow->dport.port;
	policy.sel.dport_mask = flow->dport.mask;
	policy.sel.ifindex = flow->ifindex;
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

void bypass_policy_add(netlink_request_t *request, const void *item,
					   const bypass_place_t *place)
{
	const bypass_policy_t *policy = item;
	struct xfrm_userpolicy_info info = {
		.sel = policy->sel,
		.dir = policy->dir,
		.priority = BYPASS_POLICY_PRIORITY,
		.action = XFRM_POLICY_ALLOW,
		.share = XFRM_SHARE_ANY,
		.lft = {
			.soft_byte_limit = XFRM_INF,
			.hard_byte_limit = XFRM_INF,
			.soft_packet_limit = XFRM_INF,
			.hard_packet_limit = XFRM_INF,
		},
	};

	info.sel.user += place->slot;
	/* messages aren't aligned for 64 bits */
	memcpy(netlink_begin(request, XFRM_MSG_NEWPOLICY, 0, sizeof(info)), &info,
		   sizeof(info));
}

/**
 * Write a request that names a policy.
 */
static void write_policy_id(netlink_request_t *request, uint16_t type,
							const bypass_policy_t *policy,
							const bypass_place_t *place)
{
	struct xfrm_userpolicy_id *id;

	id = netlink_begin(request, type, 0, sizeof(*id));
	id->sel = policy->sel;
	id->sel.user += place->slot;
	id->dir = policy->dir;
	id->index = policy->index;
}

void bypass_policy_get(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place)
{
	write_policy_id(request, XFRM_MSG_GETPOLICY, policy, place);
}

void bypass_policy_del(netlink_request_t *request, const void *policy,
					   const bypass_place_t *place)
{
	write_policy_id(request, XFRM_MSG_DELPOLICY, policy, place);
}

bool bypass_policy_parse(struct nlmsghdr *hdr, bypass_policy_t *policy,
						 uint32_t *slot)
{
	struct xfrm_userpolicy_info info;

	if (hdr->nlmsg_type != XFRM_MSG_NEWPOLICY ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(info)))
	{
		return FALSE;
	}
	memcpy(&info, NLMSG_DATA(hdr), sizeof(info));
	*slot = (uint32_t)info.sel.user - BYPASS_POLICY_MARK;
	if (*slot >= BYPASS_SLOTS)
	{
		return FALSE;
	}
	info.sel.user = BYPASS_POLICY_MARK;
	memset(policy, 0, sizeof(*policy));
	policy->sel = info.sel;
	policy->dir = info.dir;
	policy->used = info.curlft.use_time;
	policy->index = info.index;
	return TRUE;
}

/**
 * Take over a policy, implementation of netlink_reply_t.
 */
static bool read_policy(void *data, u_int index, struct nlmsghdr *hdr)
{
	bypass_set_t **out = data;
	bypass_policy_t policy;
	uint32_t slot;

	if (bypass_policy_parse(hdr, &policy, &slot))
	{
		bypass_set_add(out[slot], &policy);
	}
	return TRUE;
}

int bypass_policies_read(const bypass_place_t *unused, bypass_set_t **out)
{
	netlink_request_t request;

	netlink_begin(&request, XFRM_MSG_GETPOLICY, NLM_F_DUMP,
				  sizeof(struct xfrm_userpolicy_id));
	return netlink_ask(NETLINK_XFRM, &request, read_policy, out);
}
