/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_children.h
 * The CHILD_SAs that there are, and which of them go into sets.
 */

#ifndef FILTERMODE_CHILDREN_H_
#define FILTERMODE_CHILDREN_H_

#include "filtermode_ruleset.h"

#include <stdio.h>

typedef struct filtermode_children_t filtermode_children_t;

/**
 * Not thread-safe.
 */
struct filtermode_children_t {

	/**
	 * A CHILD_SA is there, or was changed.
	 *
	 * @param id			its unique ID
	 * @param connection	name of its connection, copied
	 */
	void (*set)(filtermode_children_t *this, uint32_t id, uint32_t reqid,
				const char *connection, bool ipcomp);

	/**
	 * A CHILD_SA is gone, if it was there.
	 */
	void (*remove)(filtermode_children_t *this, uint32_t id);

	/**
	 * Print commands that fill the sets of a ruleset, which are empty.
	 */
	void (*print_all)(filtermode_children_t *this,
					  filtermode_ruleset_t *ruleset, FILE *out);

	/**
	 * The sets of a ruleset have been filled, and are the ones to print changes
	 * of from now on.
	 *
	 * @param ruleset		a reference is taken; NULL for none
	 */
	void (*use)(filtermode_children_t *this, filtermode_ruleset_t *ruleset);

	/**
	 * Print commands for what changed since the sets were filled or this was
	 * called last.
	 *
	 * @return				TRUE if there was anything
	 */
	bool (*print_changes)(filtermode_children_t *this, FILE *out);

	/**
	 * Destroy a filtermode_children_t.
	 */
	void (*destroy)(filtermode_children_t *this);
};

/**
 * Create an object without CHILD_SAs and sets.
 */
filtermode_children_t *filtermode_children_create();

#endif /** FILTERMODE_CHILDREN_H_ */
