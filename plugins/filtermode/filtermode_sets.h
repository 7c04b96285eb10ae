/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_sets.h
 * Sets in tables of the operator's, kept in line with who is there.
 */

#ifndef FILTERMODE_SETS_H_
#define FILTERMODE_SETS_H_

#include "filtermode_members.h"
#include "filtermode_queue.h"

#include <log_limiter.h>

typedef struct filtermode_sets_t filtermode_sets_t;

/**
 * Called with a set.
 *
 * @param name			as in sets.<name>, NULL if the settings name it no more
 *						and it couldn't be emptied yet
 * @param elements		number of those that are ours
 * @param reason		why it isn't what it should be, naming the option, ""
 *						if it is
 */
typedef void (*filtermode_sets_cb_t)(void *data, const char *name,
									 u_int elements, const char *reason);

/**
 * Elements of ours have a comment by which a later process knows them, and are
 * removed by nobody else. Not thread-safe.
 */
struct filtermode_sets_t {

	/**
	 * Fill the sets of other settings from now on. Elements of ours in others
	 * are removed. What can't be done is logged, and done once it can.
	 *
	 * @param settings		a reference is taken; NULL for none
	 */
	void (*use)(filtermode_sets_t *this, filtermode_settings_t *settings);

	/**
	 * Bring the sets in line with who has which addresses, and with what others
	 * did to them.
	 */
	void (*update)(filtermode_sets_t *this);

	/**
	 * Go through the sets.
	 */
	void (*list)(filtermode_sets_t *this, filtermode_sets_cb_t cb, void *data);

	/**
	 * Remove our elements and destroy a filtermode_sets_t.
	 */
	void (*destroy)(filtermode_sets_t *this);
};

/**
 * Create an object for the current network namespace, that fills no sets yet.
 *
 * @param members		who has which addresses, has to outlive the object
 * @param queue			told when somebody changes a set's table, likewise
 * @param limiter		for lines that peers or others can cause, likewise
 * @return				NULL if nftables can't be used, errno is set
 */
filtermode_sets_t *filtermode_sets_create(filtermode_members_t *members,
										  filtermode_queue_t *queue,
										  log_limiter_t *limiter);

#endif /** FILTERMODE_SETS_H_ */
