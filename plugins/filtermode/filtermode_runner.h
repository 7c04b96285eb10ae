/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_runner.h
 * Runs what may take long while others wait for a bounded time.
 */

#ifndef FILTERMODE_RUNNER_H_
#define FILTERMODE_RUNNER_H_

#include <library.h>

typedef struct filtermode_runner_t filtermode_runner_t;

/**
 * Has a thread of its own from the first run on: charon's workers are few, and
 * may all be waiting. Thread-safe.
 */
struct filtermode_runner_t {

	/**
	 * Have the function called, once for all who wait, and wait until a call
	 * that began after this one has returned.
	 *
	 * @param ms			how long to wait at most
	 * @return				FALSE if it didn't return in that time
	 */
	bool (*run)(filtermode_runner_t *this, u_int ms);

	/**
	 * Destroy a filtermode_runner_t, waits for the function.
	 */
	void (*destroy)(filtermode_runner_t *this);
};

/**
 * Create an object.
 *
 * @param function		what to call
 * @param data			passed to it
 */
filtermode_runner_t *filtermode_runner_create(void (*function)(void *data),
											  void *data);

#endif /** FILTERMODE_RUNNER_H_ */
