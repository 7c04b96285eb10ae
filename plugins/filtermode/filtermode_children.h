/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_children.h
 * The CHILD_SAs that there are, and which of them go into sets.
 */

#ifndef FILTERMODE_CHILDREN_H_
#define FILTERMODE_CHILDREN_H_

#include "filtermode_ruleset.h"
#include "filtermode_verdict.h"

#include <stdio.h>

typedef struct filtermode_children_t filtermode_children_t;
typedef struct filtermode_counts_t filtermode_counts_t;

/**
 * Numbers of CHILD_SAs.
 */
struct filtermode_counts_t {
	/** all there are */
	u_int followed;
	/** those that mode interfaces exempts */
	u_int allowed;
	/** those that mode interfaces blocks for sure */
	u_int blocked;
};

/**
 * Not thread-safe.
 */
struct filtermode_children_t {

	/**
	 * A CHILD_SA is there, or was changed.
	 *
	 * @param id			its unique ID
	 * @param child			copied
	 */
	void (*set)(filtermode_children_t *this, uint32_t id, uint32_t reqid,
				const filtermode_child_t *child);

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
	 * The sets are in line with what was printed: nothing in them is about
	 * CHILD_SAs that were gone before, and others may have their reqids. So it
	 * is after use().
	 */
	void (*settle)(filtermode_children_t *this);

	/**
	 * Go through the sets of the ruleset in use.
	 *
	 * @param cb			called for each, with its name and the number of
	 *						its elements
	 */
	void (*list_sets)(filtermode_children_t *this,
					  void (*cb)(void *data, const char *name, u_int elements),
					  void *data);

	/**
	 * Are these the elements of a set of the ruleset in use, and no others?
	 *
	 * @param index			of the set
	 * @param listing		how nft lists the set
	 */
	bool (*are_elements)(filtermode_children_t *this, u_int index,
						 const char *listing);

	/**
	 * Count CHILD_SAs by what the ruleset in use does with them.
	 */
	void (*count)(filtermode_children_t *this, filtermode_counts_t *counts);

	/**
	 * Find a CHILD_SA between certain networks that mode interfaces exempts.
	 *
	 * CHILD_SAs between the same networks, without marks or interface IDs, get
	 * the same reqid, whatever their connection is
	 * (kernel_interface_t.alloc_reqid).
	 *
	 * @param networks		see filtermode_child_t
	 * @return				name of its connection, NULL if there is none
	 */
	const char *(*find_allowed)(filtermode_children_t *this, uint64_t networks,
								filtermode_settings_t *settings);

	/**
	 * Destroy a filtermode_children_t.
	 */
	void (*destroy)(filtermode_children_t *this);
};

/**
 * Make networks a number, in whichever order they stand.
 *
 * @param local			of traffic_selector_t*
 * @param remote		of traffic_selector_t*
 */
uint64_t filtermode_networks_key(linked_list_t *local, linked_list_t *remote);

/**
 * Create an object without CHILD_SAs and sets.
 */
filtermode_children_t *filtermode_children_create();

#endif /** FILTERMODE_CHILDREN_H_ */
