/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_days.h"

#include <collections/hashtable.h>
#include <peer_identity.h>

typedef struct private_accounting_days_t private_accounting_days_t;

struct private_accounting_days_t {
	accounting_days_t public;
	/** accounting_day_t by user, with a reference */
	hashtable_t *days;
	/** which day it is */
	int year;
	int day;
};

/**
 * Implementations of hashtable_hash_t and hashtable_equals_t.
 */
static u_int hash(const void *key)
{
	return peer_identity_hash((identification_t*)key, 0);
}

static bool equals(const void *a, const void *b)
{
	return peer_identity_equals((identification_t*)a, (identification_t*)b);
}

void accounting_day_unref(accounting_day_t *day)
{
	if (day && ref_put(&day->ref))
	{
		day->user->destroy(day->user);
		free(day);
	}
}

METHOD(accounting_days_t, get_, accounting_day_t*,
	private_accounting_days_t *this, identification_t *user)
{
	accounting_day_t *day = this->days->get(this->days, user);

	if (!day)
	{
		INIT(day,
			.ref = 1,
			.user = user->clone(user),
		);
		this->days->put(this->days, day->user, day);
	}
	ref_get(&day->ref);
	return day;
}

METHOD(accounting_days_t, find, const accounting_day_t*,
	private_accounting_days_t *this, identification_t *user)
{
	return this->days->get(this->days, user);
}

METHOD(accounting_days_t, turn, void,
	private_accounting_days_t *this, const struct tm *now)
{
	enumerator_t *enumerator;
	accounting_day_t *day;

	if (now->tm_year == this->year && now->tm_yday == this->day)
	{
		return;
	}
	this->year = now->tm_year;
	this->day = now->tm_yday;
	enumerator = this->days->create_enumerator(this->days);
	while (enumerator->enumerate(enumerator, NULL, &day))
	{
		day->bytes = 0;
		day->seconds = 0;
		if (ref_cur(&day->ref) == 1)
		{	/* of somebody who isn't connected */
			this->days->remove_at(this->days, enumerator);
			accounting_day_unref(day);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Implementation of a hashtable's callback.
 */
static void unref_day(void *value, const void *key)
{
	accounting_day_unref(value);
}

METHOD(accounting_days_t, destroy, void,
	private_accounting_days_t *this)
{
	this->days->destroy_function(this->days, unref_day);
	free(this);
}

accounting_days_t *accounting_days_create(void)
{
	private_accounting_days_t *this;

	INIT(this,
		.public = {
			.get = _get_,
			.find = _find,
			.turn = _turn,
			.destroy = _destroy,
		},
		.days = hashtable_create(hash, equals, 32),
	);
	return &this->public;
}
