/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_hours.h
 * Times of the week.
 */

#ifndef ACCOUNTING_HOURS_H_
#define ACCOUNTING_HOURS_H_

#include <library.h>

#include <time.h>

typedef struct accounting_hours_t accounting_hours_t;

/**
 * Minutes of a week, which begins as Monday does.
 */
#define ACCOUNTING_HOURS_WEEK (7 * 24 * 60)

/**
 * A bit for each minute of the week.
 */
struct accounting_hours_t {
	uint8_t minutes[ACCOUNTING_HOURS_WEEK / 8];
};

/**
 * Parse times of the week: comma separated days, times or both, as in
 * "mon-fri 08:00-18:00, sat". Days and times that end before they begin go on
 * in the next week or day.
 *
 * @param hours			gets them
 * @return				FALSE if it isn't that, or no time at all
 */
bool accounting_hours_parse(const char *text, accounting_hours_t *hours);

/**
 * Get how long it is still within these times.
 *
 * @param now			local time
 * @return				seconds, 0 if it isn't, UINT32_MAX if it always is
 */
uint32_t accounting_hours_left(const accounting_hours_t *hours,
							   const struct tm *now);

/**
 * Get the local time now. For bus hooks, too.
 */
void accounting_hours_now(struct tm *now);

#endif /** ACCOUNTING_HOURS_H_ */
