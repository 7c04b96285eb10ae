/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_diff.h"

/*
 * Described in header
 */
void bypass_diff_normalise(array_t **array, size_t size, bypass_cmp_t cmp)
{
	enumerator_t *enumerator;
	array_t *unique;
	void *item, *last = NULL;

	array_sort(*array, cmp, NULL);
	unique = array_create(size, 0);
	enumerator = array_create_enumerator(*array);
	while (enumerator->enumerate(enumerator, &item))
	{
		if (!last || cmp(last, item, NULL))
		{
			array_insert(unique, ARRAY_TAIL, item);
		}
		last = item;
	}
	enumerator->destroy(enumerator);
	array_destroy(*array);
	*array = unique;
}

/**
 * Get the next item, NULL at the end.
 */
static void *next(enumerator_t *enumerator)
{
	void *item;

	return enumerator->enumerate(enumerator, &item) ? item : NULL;
}

/*
 * Described in header
 */
void bypass_diff(array_t *have, array_t *want, size_t size, bypass_cmp_t cmp,
				 array_t **add, array_t **del)
{
	enumerator_t *old = array_create_enumerator(have);
	enumerator_t *new = array_create_enumerator(want);
	void *a = next(old), *b = next(new);
	int order;

	*add = array_create(size, 0);
	*del = array_create(size, 0);
	while (a || b)
	{
		order = !a ? 1 : !b ? -1 : cmp(a, b, NULL);
		if (order < 0)
		{
			array_insert(*del, ARRAY_TAIL, a);
		}
		else if (order > 0)
		{
			array_insert(*add, ARRAY_TAIL, b);
		}
		a = order <= 0 ? next(old) : a;
		b = order >= 0 ? next(new) : b;
	}
	old->destroy(old);
	new->destroy(new);
}
