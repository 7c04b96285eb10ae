/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_set.h"

bypass_set_t *bypass_set_create(size_t size, bypass_cmp_t cmp)
{
	bypass_set_t *this;

	INIT(this,
		.ref = 1,
		.size = size,
		.cmp = cmp,
	);
	return this;
}

void bypass_set_reserve(bypass_set_t *this, u_int count)
{
	if (count > this->room)
	{
		this->room = count;
		this->items = realloc(this->items, this->room * this->size);
	}
}

void bypass_set_add(bypass_set_t *this, const void *item)
{
	if (this->count == this->room)
	{
		bypass_set_reserve(this, this->room + this->room / 2 + 2);
	}
	memcpy(bypass_set_get(this, this->count++), item, this->size);
}

void bypass_set_seal(bypass_set_t *this)
{
	u_int i, kept = 0;

	if (this->count < 2)
	{
		return;
	}
	qsort(this->items, this->count, this->size, this->cmp);
	for (i = 1; i < this->count; i++)
	{
		if (this->cmp(bypass_set_get(this, kept), bypass_set_get(this, i)) &&
			++kept != i)
		{
			memcpy(bypass_set_get(this, kept), bypass_set_get(this, i),
				   this->size);
		}
	}
	this->count = kept + 1;
}

void *bypass_set_find(bypass_set_t *this, const void *key)
{
	return this->count ? bsearch(key, this->items, this->count, this->size,
								 this->cmp) : NULL;
}

void bypass_set_insert(bypass_set_t *this, const void *item)
{
	u_int low = 0, high = this->count, middle;
	char *place;

	while (low < high)
	{
		middle = low + (high - low) / 2;
		if (this->cmp(bypass_set_get(this, middle), item) < 0)
		{
			low = middle + 1;
		}
		else
		{
			high = middle;
		}
	}
	if (low < this->count && !this->cmp(bypass_set_get(this, low), item))
	{
		return;
	}
	bypass_set_add(this, item);
	place = bypass_set_get(this, low);
	memmove(place + this->size, place,
			(this->count - 1 - low) * this->size);
	memcpy(place, item, this->size);
}

void bypass_set_remove(bypass_set_t *this, void *item)
{
	char *next = (char*)item + this->size;

	memmove(item, next, (char*)bypass_set_get(this, this->count) - next);
	this->count--;
}

void bypass_set_diff(bypass_set_t *have, bypass_set_t *want,
					 bypass_set_t **add, bypass_set_t **del)
{
	u_int i = 0, j = 0;
	int order;

	*add = bypass_set_create(want->size, want->cmp);
	*del = bypass_set_create(have->size, have->cmp);
	while (i < have->count || j < want->count)
	{
		if (i == have->count)
		{
			order = 1;
		}
		else if (j == want->count)
		{
			order = -1;
		}
		else
		{
			order = have->cmp(bypass_set_get(have, i),
							  bypass_set_get(want, j));
		}
		if (order < 0)
		{
			bypass_set_add(*del, bypass_set_get(have, i));
		}
		else if (order > 0)
		{
			bypass_set_add(*add, bypass_set_get(want, j));
		}
		i += order <= 0;
		j += order >= 0;
	}
}

bypass_set_t *bypass_set_ref(bypass_set_t *this)
{
	ref_get(&this->ref);
	return this;
}

void bypass_set_destroy(bypass_set_t *this)
{
	if (this && ref_put(&this->ref))
	{
		free(this->items);
		free(this);
	}
}
