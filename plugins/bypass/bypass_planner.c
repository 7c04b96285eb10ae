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
							   const bypass_flow_t *flow)
{
	bypass_policy_t policy;

	policy = bypass_policy_create(dir, flow,
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

bypass_plan_t *bypass_plan_create(bypass_settings_t *settings,
								  array_t *runtime, array_t *links)
{
	bypass_planner_t this = { .settings = settings, .links = links };
	bypass_request_t *request;
	bool fits = TRUE;
	u_int i;

	INIT(this.plan,
		.ref = 1,
		.policies = bypass_policy_set_create(),
		.routes = bypass_prefix_set_create(),
		.entries = array_create(0, 0),
		.taken = array_create(0, 0),
		.left_out = array_create(0, 0),
		.notices = array_create(0, 0),
	);
	bypass_set_reserve(this.plan->policies, settings->rules.count * 6);
	this.plan->rules = settings->rules.count + array_count(runtime);
	for (i = 0; fits && i < settings->rules.count; i++)
	{
		fits = bypass_planner_add_rule(&this, settings->rules.items[i]);
	}
	this.origin = BYPASS_ORIGIN_RUNTIME;
	for (i = 0; fits && i < array_count(runtime); i++)
	{
		array_get(runtime, i, &request);
		fits = bypass_planner_add_rule(&this, &request->rule);
	}
	if (settings->lan)
	{
		this.origin = BYPASS_ORIGIN_LAN;
		bypass_planner_add_lan(&this);
	}
	if (!fits || this.plan->policies->count > BYPASS_POLICIES_MAX)
	{
		bypass_plan_unref(this.plan);
		return NULL;
	}
	bypass_set_seal(this.plan->policies);
	bypass_set_seal(this.plan->routes);
	return this.plan;
}
