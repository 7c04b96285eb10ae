/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_view.h
 * Shows rules and subnets among charon's shunt policies.
 */

#ifndef BYPASS_VIEW_H_
#define BYPASS_VIEW_H_

#include "bypass_plan.h"

#include <sa/shunt_manager.h>

typedef struct bypass_view_t bypass_view_t;

/**
 * A shunt manager in front of charon's: it passes everything on, but its
 * enumerator also yields what is in force here, so that swanctl --list-pols
 * shows it. Charon's own compares each new shunt with all others, which takes
 * seconds for 10,000 rules. Thread-safe.
 */
struct bypass_view_t {

	/**
	 * Implements the shunt manager's interface.
	 */
	shunt_manager_t shunts;

	/**
	 * Change what is shown.
	 *
	 * @param plan		plan, NULL for nothing, gets referenced
	 */
	void (*set)(bypass_view_t *this, bypass_plan_t *plan);

	/**
	 * Destroy a bypass_view_t, not the shunt manager behind it.
	 */
	void (*destroy)(bypass_view_t *this);
};

/**
 * Namespace of what is shown.
 */
#define BYPASS_VIEW_NAMESPACE "bypass"

/**
 * Create a view that shows nothing.
 *
 * @param shunts	shunt manager to pass everything on to
 */
bypass_view_t *bypass_view_create(shunt_manager_t *shunts);

#endif /** BYPASS_VIEW_H_ */
