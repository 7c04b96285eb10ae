/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_table.h
 * Our table in the kernel.
 */

#ifndef FILTERMODE_TABLE_H_
#define FILTERMODE_TABLE_H_

#include "filtermode_children.h"
#include "filtermode_ruleset.h"

typedef struct filtermode_table_t filtermode_table_t;

/**
 * Not thread-safe.
 */
struct filtermode_table_t {

	/**
	 * Replace the table, in one transaction.
	 *
	 * @param ruleset		new ruleset, a reference is taken; NULL to remove
	 *						the table
	 * @param buf			gets the reason if it failed
	 * @param len			size of buf
	 * @return				FALSE if it failed, everything is as before
	 */
	bool (*install)(filtermode_table_t *this, filtermode_ruleset_t *ruleset,
					char *buf, size_t len);

	/**
	 * Bring the sets in line with the CHILD_SAs.
	 *
	 * @return				FALSE if it failed, the table isn't what it was
	 */
	bool (*update)(filtermode_table_t *this);

	/**
	 * Is the table in the kernel what we installed?
	 */
	bool (*is_intact)(filtermode_table_t *this);

	/**
	 * What is in the kernel may not be what we installed: it isn't intact until
	 * it is installed again.
	 */
	void (*distrust)(filtermode_table_t *this);

	/**
	 * List the table with the values of its counters.
	 *
	 * @return				text, to be freed; NULL if there is no table
	 */
	char *(*list_counters)(filtermode_table_t *this);

	/**
	 * Remove a table of ours that an earlier process left.
	 *
	 * @param name			name of the table
	 */
	void (*remove_stale)(filtermode_table_t *this, const char *name);

	/**
	 * Find the tables that this or another daemon has installed.
	 *
	 * @param cb			called with the name of each
	 */
	void (*find)(filtermode_table_t *this,
				 void (*cb)(void *data, const char *name), void *data);

	/**
	 * Destroy a filtermode_table_t; the kernel's table stays.
	 */
	void (*destroy)(filtermode_table_t *this);
};

/**
 * Create an object for the current network namespace.
 *
 * @param children		CHILD_SAs for the sets, has to outlive the object
 * @return				NULL if nftables can't be used, after logging so
 */
filtermode_table_t *filtermode_table_create(filtermode_children_t *children);

#endif /** FILTERMODE_TABLE_H_ */
