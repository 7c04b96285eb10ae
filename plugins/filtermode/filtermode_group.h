/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_group.h
 * CHILD_SAs that have a reqid in common.
 */

#ifndef FILTERMODE_GROUP_H_
#define FILTERMODE_GROUP_H_

#include "filtermode_children.h"

typedef struct filtermode_group_t filtermode_group_t;
typedef struct filtermode_member_t filtermode_member_t;

struct filtermode_group_t {
	uint32_t reqid;
	/** of filtermode_member_t* */
	array_t *members;
	/** a bit for each set that has the reqid */
	uint8_t *sets;
	/** whether sets may have to change */
	bool changed;
};

/**
 * A CHILD_SA in its group.
 */
struct filtermode_member_t {
	filtermode_group_t *group;
	filtermode_child_t child;
};

/**
 * Create a group without CHILD_SAs, which is in no set.
 *
 * @param sets			number of sets there are
 */
filtermode_group_t *filtermode_group_create(uint32_t reqid, u_int sets);

/**
 * Have the group in none of a number of other sets.
 */
void filtermode_group_reset(filtermode_group_t *this, u_int sets);

/**
 * May a set have the reqid? Only if it may have each of the CHILD_SAs, as these
 * can't be told from each other.
 */
bool filtermode_group_may_join(filtermode_group_t *this, filtermode_set_t *set);

/**
 * Have the group in a set exactly if it may join that.
 *
 * @param index			of the set
 * @return				TRUE if that is a change
 */
bool filtermode_group_update(filtermode_group_t *this, u_int index,
							 filtermode_set_t *set);

/**
 * Is the group in a set?
 *
 * @param index			of the set
 */
bool filtermode_group_has(filtermode_group_t *this, u_int index);

/**
 * Count those of its CHILD_SAs that mode interfaces exempts or blocks.
 *
 * @param settings		settings in force
 * @param counts		numbers to add to
 */
void filtermode_group_count(filtermode_group_t *this,
							filtermode_settings_t *settings,
							filtermode_counts_t *counts);

/**
 * Destroy a group, but not its CHILD_SAs.
 */
void filtermode_group_destroy(filtermode_group_t *this);

/**
 * Add a CHILD_SA to a group.
 *
 * @param child			copied
 */
filtermode_member_t *filtermode_member_create(filtermode_group_t *group,
											  const filtermode_child_t *child);

/**
 * Take a CHILD_SA out of its group, and destroy it.
 */
void filtermode_member_destroy(filtermode_member_t *this);

#endif /** FILTERMODE_GROUP_H_ */
