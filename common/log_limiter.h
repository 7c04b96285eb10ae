/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file log_limiter.h
 * Limits how often a log line is written.
 */

#ifndef LOG_LIMITER_H_
#define LOG_LIMITER_H_

#include <library.h>

typedef struct log_limiter_t log_limiter_t;

/**
 * Seconds between two lines of the same key.
 */
#define LOG_LIMITER_INTERVAL 10

/**
 * Keys that are told apart; beyond that all are forgotten.
 */
#define LOG_LIMITER_KEYS 256

/**
 * Not thread-safe.
 */
struct log_limiter_t {

	/**
	 * May a line be written?
	 *
	 * @param key		kind of line, and what it is about: a line must not hide
	 *					one that says something else
	 * @param now		current time, in seconds
	 * @param missed	gets the number of lines of this key that were not
	 *					written since the last one, if it may
	 * @return			TRUE if it may
	 */
	bool (*pass)(log_limiter_t *this, const char *key, time_t now,
				 u_int *missed);

	/**
	 * Destroy a log_limiter_t.
	 */
	void (*destroy)(log_limiter_t *this);
};

/**
 * Create a limiter.
 */
log_limiter_t *log_limiter_create(void);

#endif /** LOG_LIMITER_H_ */
