/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_diff.h
 * What has to change to get from what is there to what should be there.
 */

#ifndef BYPASS_DIFF_H_
#define BYPASS_DIFF_H_

#include <library.h>
#include <collections/array.h>

typedef int (*bypass_cmp_t)(const void *a, const void *b, void *unused);

/**
 * Sort an array of values and remove all but one of equal ones.
 *
 * @param array		array of values, replaced
 * @param size		size of a value
 * @param cmp		order
 */
void bypass_diff_normalise(array_t **array, size_t size, bypass_cmp_t cmp);

/**
 * Compare two arrays.
 *
 * @param have		array of values, normalised
 * @param want		array of values, normalised
 * @param size		size of a value
 * @param cmp		order
 * @param add[out]	array of what is in want only
 * @param del[out]	array of what is in have only
 */
void bypass_diff(array_t *have, array_t *want, size_t size, bypass_cmp_t cmp,
				 array_t **add, array_t **del);

#endif /** BYPASS_DIFF_H_ */
