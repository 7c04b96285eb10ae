/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_planner.h"

bypass_entry_t *bypass_planner_add_entry(bypass_planner_t *this,
										 const char *name)
{
	bypass_entry_t *entry;

	INIT(entry,
		.name = strdup(name),
		.origin = this->origin,
		.local = bypass_prefix_set_create(),
		.remote = bypass_prefix_set_create(),
		.local_port = { 0, UINT16_MAX },
		.remote_port = { 0, UINT16_MAX },
	);
	array_insert(this->plan->entries, ARRAY_TAIL, entry);
	return entry;
}

void bypass_planner_add_policy(bypass_planner_t *this, uint8_t dir,
							   const bypass_prefix_t *src,
							   const bypass_prefix_t *dst, uint8_t protocol,
							   bypass_port_block_t sport,
							   bypass_port_block_t dport, int ifindex)
{
	bypass_policy_t policy;

	policy = bypass_policy_create(dir, src, dst, protocol, sport, dport,
								  ifindex,
								  array_count(this->plan->entries) - 1);
	bypass_set_add(this->plan->policies, &policy);
}

void bypass_planner_add_route(bypass_planner_t *this,
							  const bypass_prefix_t *dst)
{
	bypass_prefix_t half = *dst;

	if (dst->family == AF_INET && dst->len && dst->len < 32)
	{	/* charon's for the same network would have precedence, as its metric
		 * is lower than any */
		half.len++;
		bypass_set_add(this->plan->routes, &half);
		half.addr[dst->len / 8] |= 0x80 >> (dst->len % 8);
		bypass_set_add(this->plan->routes, &half);
	}
	else if (dst->len)
	{
		bypass_set_add(this->plan->routes, dst);
	}
}
