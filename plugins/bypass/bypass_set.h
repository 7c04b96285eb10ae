/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_set.h
 * A sorted set of values, and what two of them differ in.
 */

#ifndef BYPASS_SET_H_
#define BYPASS_SET_H_

#include <library.h>

typedef struct bypass_set_t bypass_set_t;

/**
 * Order of values, as for qsort(3).
 */
typedef int (*bypass_cmp_t)(const void *a, const void *b);

/**
 * Values of one size without gaps. Unlike array_t it grows by half of what it
 * has, as there may well be 100,000 of them.
 */
struct bypass_set_t {
	refcount_t ref;
	/** size of a value */
	size_t size;
	bypass_cmp_t cmp;
	/** values, owned; sorted once the set is sealed */
	char *items;
	u_int count;
	/** number of values there is memory for */
	u_int room;
};

/**
 * Create an empty set with one reference.
 *
 * @param size		size of a value
 * @param cmp		order
 */
bypass_set_t *bypass_set_create(size_t size, bypass_cmp_t cmp);

/**
 * Get memory for a number of values at once.
 *
 * @param count		how many there will be at least
 */
void bypass_set_reserve(bypass_set_t *this, u_int count);

/**
 * Append a copy of a value, whether it is there or not.
 */
void bypass_set_add(bypass_set_t *this, const void *item);

/**
 * Sort the values, and keep one of equal ones.
 */
void bypass_set_seal(bypass_set_t *this);

/**
 * Get a value.
 *
 * @param index		less than count
 * @return			value, valid until the set is changed
 */
static inline void *bypass_set_get(bypass_set_t *this, u_int index)
{
	return this->items + index * this->size;
}

/**
 * Find a value that is equal to another one in a sealed set.
 *
 * @return			value, NULL if there is none
 */
void *bypass_set_find(bypass_set_t *this, const void *key);

/**
 * Add a copy of a value to a sealed set, at its place, unless it is there.
 */
void bypass_set_insert(bypass_set_t *this, const void *item);

/**
 * Remove a value from a set.
 *
 * @param item		value within the set, as from bypass_set_get()
 */
void bypass_set_remove(bypass_set_t *this, void *item);

/**
 * Compare two sealed sets.
 *
 * @param have		set of what is there
 * @param want		set of what should be there
 * @param add[out]	sealed set of what is in want only
 * @param del[out]	sealed set of what is in have only
 */
void bypass_set_diff(bypass_set_t *have, bypass_set_t *want,
					 bypass_set_t **add, bypass_set_t **del);

/**
 * Get another reference to a sealed set.
 */
bypass_set_t *bypass_set_ref(bypass_set_t *this);

/**
 * Release a reference to a set, which may be NULL.
 */
void bypass_set_destroy(bypass_set_t *this);

#endif /** BYPASS_SET_H_ */
