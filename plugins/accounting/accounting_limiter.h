/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_limiter.h
 * Closes sessions that have reached a limit.
 */

#ifndef ACCOUNTING_LIMITER_H_
#define ACCOUNTING_LIMITER_H_

#include "accounting_kernel.h"
#include "accounting_sessions.h"

#include <options_store.h>

typedef struct accounting_limiter_t accounting_limiter_t;

/**
 * Milliseconds between two looks at all sessions.
 */
#define ACCOUNTING_LIMITER_INTERVAL 5000

/**
 * Looks at them in a job, by the settings in force; one at a time.
 */
struct accounting_limiter_t {

	/**
	 * Get the number of sessions that were closed.
	 */
	u_int (*get_closed)(accounting_limiter_t *this);

	/**
	 * Destroy it, once there are no jobs any more.
	 */
	void (*destroy)(accounting_limiter_t *this);
};

/**
 * Create one, which begins to look.
 *
 * @param store			of accounting_settings_t
 */
accounting_limiter_t *accounting_limiter_create(options_store_t *store,
											accounting_sessions_t *sessions,
											accounting_kernel_t *kernel);

#endif /** ACCOUNTING_LIMITER_H_ */
