/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_clock.h
 * The time that timeouts and outages are measured by.
 */

#ifndef PCSC_TOKEN_CLOCK_H_
#define PCSC_TOKEN_CLOCK_H_

#include <library.h>

/**
 * Monotonic time, in ms.
 */
static inline uint64_t pcsc_token_now(void)
{
	timeval_t tv;

	time_monotonic(&tv);
	return (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

#endif /** PCSC_TOKEN_CLOCK_H_ */
