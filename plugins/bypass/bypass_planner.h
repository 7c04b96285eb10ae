/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_planner.h
 * Makes a plan, of rules and of LANs.
 */

#ifndef BYPASS_PLANNER_H_
#define BYPASS_PLANNER_H_

#include "bypass_plan.h"

typedef struct bypass_planner_t bypass_planner_t;

/**
 * A plan being made.
 */
struct bypass_planner_t {
	/** has no policies, routes and entries at first; its sets aren't sealed */
	bypass_plan_t *plan;
	/** of the entries that are added */
	bypass_origin_t origin;
	bypass_settings_t *settings;
	/** array of bypass_link_t */
	array_t *links;
	/** set of bypass_prefix_t, subnets of uplinks, while LANs are added */
	bypass_set_t *uplinks;
};

/**
 * Make a plan.
 *
 * @param settings	settings in force
 * @param runtime	array of bypass_request_t*, rules that were added at run
 *					time, NULL if there are none
 * @param links		array of bypass_link_t
 * @return			plan with one reference, NULL if there are more than
 *					BYPASS_POLICIES_MAX policies
 */
bypass_plan_t *bypass_plan_create(bypass_settings_t *settings,
								  array_t *runtime, array_t *links);

/**
 * Add an entry that policies can refer to by its index.
 *
 * @param name		gets copied
 * @return			entry for any ports, owned by the plan
 */
bypass_entry_t *bypass_planner_add_entry(bypass_planner_t *this,
										 const char *name);

/**
 * Add a policy to the last entry, see bypass_policy_create().
 */
void bypass_planner_add_policy(bypass_planner_t *this, uint8_t dir,
							   const bypass_flow_t *flow);

/**
 * Have a network routed as if there was no tunnel. Without effect for all
 * addresses: that would take the tunnel's route away from everybody.
 */
void bypass_planner_add_route(bypass_planner_t *this,
							  const bypass_prefix_t *dst);

/**
 * Add a rule.
 *
 * @return			FALSE if that makes more than BYPASS_POLICIES_MAX policies
 */
bool bypass_planner_add_rule(bypass_planner_t *this, bypass_rule_t *rule);

/**
 * Add the LANs that settings choose.
 */
void bypass_planner_add_lan(bypass_planner_t *this);

/**
 * Is a network of a link larger than a LAN may be?
 */
bool bypass_planner_is_too_large(bypass_planner_t *this, bypass_link_t *link);

#endif /** BYPASS_PLANNER_H_ */
