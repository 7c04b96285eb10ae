/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_days.h
 * What users have used today.
 */

#ifndef ACCOUNTING_DAYS_H_
#define ACCOUNTING_DAYS_H_

#include <utils/identification.h>

#include <time.h>

typedef struct accounting_days_t accounting_days_t;
typedef struct accounting_day_t accounting_day_t;

/**
 * What all sessions of a user have used together, of the current day.
 */
struct accounting_day_t {
	refcount_t ref;
	identification_t *user;
	/** what went through, both ways */
	uint64_t bytes;
	/** that sessions were up; two at a time count twice */
	time_t seconds;
};

/**
 * Users of the day. The caller has a lock for it, and for what it has.
 */
struct accounting_days_t {

	/**
	 * Get the day of a user, which begins to be counted if it wasn't.
	 *
	 * @return				a reference
	 */
	accounting_day_t *(*get)(accounting_days_t *this, identification_t *user);

	/**
	 * Look at what a user has used, if anything was counted.
	 *
	 * @return				NULL if nothing was
	 */
	const accounting_day_t *(*find)(accounting_days_t *this,
									identification_t *user);

	/**
	 * Begin anew if it is another day.
	 *
	 * @param now			local time
	 */
	void (*turn)(accounting_days_t *this, const struct tm *now);

	/**
	 * Destroy an accounting_days_t.
	 */
	void (*destroy)(accounting_days_t *this);
};

/**
 * Give a reference back, which may be NULL.
 */
void accounting_day_unref(accounting_day_t *day);

/**
 * Create it, without users.
 */
accounting_days_t *accounting_days_create(void);

#endif /** ACCOUNTING_DAYS_H_ */
