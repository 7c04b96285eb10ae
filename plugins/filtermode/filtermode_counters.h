/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_counters.h
 * What the rules of our table have counted.
 */

#ifndef FILTERMODE_COUNTERS_H_
#define FILTERMODE_COUNTERS_H_

#include <library.h>
#include <collections/array.h>

typedef struct filtermode_counter_t filtermode_counter_t;
typedef struct filtermode_count_t filtermode_count_t;

struct filtermode_count_t {
	uint64_t packets;
	uint64_t bytes;
};

/**
 * Sum of the statements of a rule, which are those with the same comment.
 */
struct filtermode_counter_t {
	/** the comment, as "rules.web"; nft takes up to 128 bytes */
	char name[129];
	/** first word of what packets meet, as "accept" */
	char action[16];
	/** packets that came out of IPsec, and those about to go in */
	filtermode_count_t in;
	filtermode_count_t out;
};

/**
 * Add up counters that have a comment, in chains whose name ends with -in or
 * -out.
 *
 * @param listing	what nft lists of our table, with the values of counters
 * @return			array of filtermode_counter_t*, both to be freed, in the
 *					order of the listing
 */
array_t *filtermode_counters_parse(const char *listing);

#endif /** FILTERMODE_COUNTERS_H_ */
