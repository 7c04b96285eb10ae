/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_listing.h
 * How to replace the table that is there, as nft lists it.
 */

#ifndef FILTERMODE_LISTING_H_
#define FILTERMODE_LISTING_H_

#include <library.h>

#include <stdio.h>

/**
 * Is the table one of ours?
 *
 * @param listing	what nft lists of a table
 */
bool filtermode_listing_is_ours(const char *listing);

/**
 * Print commands that empty a table, to be followed by its new content in the
 * same transaction.
 *
 * Base chains that the new table has as well are kept, with their hooks: a
 * packet then meets either the old rules or the new ones. If a chain was
 * replaced, one that is underway could meet neither.
 *
 * @param listing	what nft lists of the table, with handles and with
 *					priorities as numbers
 * @param table		name of the table
 * @param text		new content
 */
void filtermode_listing_print_clear(const char *listing, const char *table,
									const char *text, FILE *out);

/**
 * Comment by which elements are known that we have put into a set of the
 * operator's.
 */
#define FILTERMODE_MARK "charon filtermode"

/**
 * Can we fill a set?
 *
 * @param listing	how nft lists it
 * @param what		a filtermode_what_t
 * @param v6		set to whether it is of IPv6 addresses
 * @return			what is expected of it that isn't so, NULL if nothing is
 */
const char *filtermode_listing_check_set(const char *listing, int what,
										 bool *v6);

/**
 * Go through the elements of a set of addresses.
 *
 * @param listing	how nft lists it
 * @param cb		called for each, with whether it is one that we have put
 *					there
 */
void filtermode_listing_elements(const char *listing,
					void (*cb)(void *data, const char *element, bool ours),
					void *data);

#endif /** FILTERMODE_LISTING_H_ */
