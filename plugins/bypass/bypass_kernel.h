/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_kernel.h
 * Policies and routes in the kernel.
 */

#ifndef BYPASS_KERNEL_H_
#define BYPASS_KERNEL_H_

#include "bypass_plan.h"

typedef struct bypass_kernel_t bypass_kernel_t;

/**
 * What bypass_kernel_t.apply() did.
 */
typedef struct {
	u_int added;
	u_int removed;
	/** couldn't be added or removed */
	u_int failed;
} bypass_changes_t;

/**
 * Our policies and routes, over sockets of our own: charon's kernel interface
 * takes one request at a time, knows policies by the name of an interface,
 * which changes, and dumps all routes for each policy. Not thread-safe.
 *
 * The first call looks for what a daemon that was killed has left, and takes
 * it over, so that nothing is opened or closed for a moment by a restart. What
 * a daemon has that lives in the same network namespace is left alone: each one
 * has a slot, a number that is part of the mark of what it has, and holds the
 * claim on that (see owner.h) while it lives.
 */
struct bypass_kernel_t {

	/**
	 * Make the kernel have what a plan says; what is there already isn't
	 * touched. Failures are logged, and tried again with the next call.
	 *
	 * @param plan		plan, NULL for nothing
	 * @return			what was done to policies
	 */
	bypass_changes_t (*apply)(bypass_kernel_t *this, bypass_plan_t *plan);

	/**
	 * Read policies back: when they were last used, and whether somebody has
	 * removed any, which the next call of apply() adds again.
	 *
	 * @param plan		plan as last given to apply()
	 * @param used		gets the time of each of the plan's entries, in seconds
	 *					since 1970, 0 if never
	 * @return			FALSE if the kernel can't tell
	 */
	bool (*read)(bypass_kernel_t *this, bypass_plan_t *plan,
					uint64_t *used);

	/**
	 * Read routes back, for the next call of apply() to add those again that
	 * somebody has removed.
	 *
	 * @return			number of them
	 */
	u_int (*read_routes)(bypass_kernel_t *this);

	/**
	 * Number of policies in force.
	 */
	u_int (*get_count)(bypass_kernel_t *this);

	/**
	 * Destroy a bypass_kernel_t; policies and routes stay.
	 */
	void (*destroy)(bypass_kernel_t *this);
};

/**
 * Find out if the kernel has IPsec, and claim a slot.
 *
 * @param table		routing table of charon's, 0 if it has none
 * @param routes	FALSE to install no routes, but remove those of another run
 * @return			NULL if the kernel has no IPsec, after logging so
 */
bypass_kernel_t *bypass_kernel_create(uint32_t table, bool routes);

#endif /** BYPASS_KERNEL_H_ */
