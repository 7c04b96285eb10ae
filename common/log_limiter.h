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
 * Thread-safe.
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
 * Room for log_limiter_more()'s text.
 */
#define LOG_LIMITER_MORE 64

/**
 * Describe the lines that weren't written, to end a line with.
 *
 * @param buf		gets " (and 3 more packets since the last such line)", or ""
 *					if there are none
 * @param missed	as told by pass()
 * @param what		what there was more of, "" for nothing in particular
 * @return			buf
 */
char *log_limiter_more(char buf[LOG_LIMITER_MORE], u_int missed,
					   const char *what);

/**
 * May a line be written now?
 *
 * @param more		gets what log_limiter_more() says of those that were not
 * @param what		as for log_limiter_more()
 * @param fmt		printf format of the key, as for pass()
 * @return			TRUE if it may
 */
bool log_limiter_pass(log_limiter_t *this, char more[LOG_LIMITER_MORE],
					  const char *what, const char *fmt, ...);

/**
 * Create a limiter.
 */
log_limiter_t *log_limiter_create(void);

#endif /** LOG_LIMITER_H_ */
