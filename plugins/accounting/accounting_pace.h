/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_pace.h
 * How many records anybody can cause.
 */

#ifndef ACCOUNTING_PACE_H_
#define ACCOUNTING_PACE_H_

#include <library.h>

typedef struct accounting_pace_t accounting_pace_t;

/**
 * Records of refused logins in a time, and that time in seconds: peers that
 * have no secret can cause them.
 */
#define ACCOUNTING_PACE_MAX 100
#define ACCOUNTING_PACE_TIME 10

/**
 * What there was; all 0 at first.
 */
struct accounting_pace_t {
	/** when the time began, and how many there are since */
	time_t since;
	u_int count;
};

/**
 * May there be one more?
 *
 * @param now			by a clock that can't be set
 */
bool accounting_pace_pass(accounting_pace_t *this, time_t now);

#endif /** ACCOUNTING_PACE_H_ */
