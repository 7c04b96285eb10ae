/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_plan.h
 * What should be in the kernel, given the settings and the host's interfaces.
 */

#ifndef BYPASS_PLAN_H_
#define BYPASS_PLAN_H_

#include "bypass_links.h"
#include "bypass_match.h"
#include "bypass_policy.h"
#include "bypass_settings.h"

typedef struct bypass_plan_t bypass_plan_t;
typedef struct bypass_entry_t bypass_entry_t;
typedef enum bypass_origin_t bypass_origin_t;

/**
 * Where an entry comes from.
 */
enum bypass_origin_t {
	BYPASS_ORIGIN_CONFIG,
	/** added at run time */
	BYPASS_ORIGIN_RUNTIME,
	BYPASS_ORIGIN_LAN,
};

/**
 * A rule or a local subnet, as it is shown to operators.
 */
struct bypass_entry_t {
	char *name;
	bypass_origin_t origin;
	/** sets of bypass_prefix_t */
	bypass_set_t *local;
	bypass_set_t *remote;
	uint8_t protocol;
	port_range_t local_port;
	port_range_t remote_port;
	/** of the rule, NULL for any */
	char *interface;
	bypass_direction_t direction;
};

/**
 * Immutable but for its reference count.
 */
struct bypass_plan_t {
	refcount_t ref;
	/** set of bypass_policy_t, sealed */
	bypass_set_t *policies;
	/** set of bypass_prefix_t, sealed: destinations for which charon's routing
	 * table must not be used */
	bypass_set_t *routes;
	/** array of bypass_entry_t*, rules first, in the order of the file, then
	 * those that were added at run time */
	array_t *entries;
	/** array of char*, local subnets with their interfaces; and those that lan
	 * leaves out, with the reason */
	array_t *taken;
	array_t *left_out;
	/** number of rules of both kinds, and of local subnets */
	u_int rules;
	u_int subnets;
	/** array of char*, lines for the log */
	array_t *notices;
};

/**
 * Write which local subnets are excluded and which are left out.
 *
 * @param line		gets the line, empty if there are none of both
 */
void bypass_plan_describe_lan(bypass_plan_t *plan, char *line, size_t len);

/**
 * Get another reference to a plan.
 */
bypass_plan_t *bypass_plan_ref(bypass_plan_t *plan);

/**
 * Release a reference to a plan, which may be NULL.
 */
void bypass_plan_unref(bypass_plan_t *plan);

#endif /** BYPASS_PLAN_H_ */
