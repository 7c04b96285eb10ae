/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_limiter.h
 * Limits how often a log line is written.
 */

#ifndef STRICT_BIND_LIMITER_H_
#define STRICT_BIND_LIMITER_H_

#include <library.h>

typedef struct strict_bind_limiter_t strict_bind_limiter_t;

/**
 * Seconds between two lines of the same key.
 */
#define STRICT_BIND_LIMITER_INTERVAL 10

/**
 * Keys that are told apart; beyond that all are forgotten.
 */
#define STRICT_BIND_LIMITER_KEYS 256

/**
 * Not thread-safe.
 */
struct strict_bind_limiter_t {

	/**
	 * May a line be written?
	 *
	 * @param key		what the line is about
	 * @param now		current time, in seconds
	 * @param missed	gets the number of lines of this key that were not
	 *					written since the last one, if it may
	 * @return			TRUE if it may
	 */
	bool (*pass)(strict_bind_limiter_t *this, const char *key, time_t now,
				 u_int *missed);

	/**
	 * Destroy a strict_bind_limiter_t.
	 */
	void (*destroy)(strict_bind_limiter_t *this);
};

/**
 * Create a limiter.
 */
strict_bind_limiter_t *strict_bind_limiter_create(void);

#endif /** STRICT_BIND_LIMITER_H_ */
