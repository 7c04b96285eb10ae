/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_listener.h
 * What charon tells of sessions.
 */

#ifndef ACCOUNTING_LISTENER_H_
#define ACCOUNTING_LISTENER_H_

#include "accounting_writer.h"

#include <bus/bus.h>

typedef struct accounting_listener_t accounting_listener_t;

struct accounting_listener_t {

	/**
	 * Implements listener_t.
	 */
	listener_t listener;

	accounting_sessions_t *sessions;
	accounting_kernel_t *kernel;
	accounting_writer_t *writer;

	/**
	 * Get the number of refused logins that there is no record of, as there
	 * were too many.
	 */
	u_int (*get_unrecorded)(accounting_listener_t *this);

	/**
	 * Get the number of sessions that were closed as they reached a limit.
	 */
	u_int (*get_limited)(accounting_listener_t *this);

	/**
	 * Destroy an accounting_listener_t that isn't on the bus.
	 */
	void (*destroy)(accounting_listener_t *this);
};

/**
 * Create a listener, with all that it needs.
 *
 * @param store			settings, has to outlive it
 */
accounting_listener_t *accounting_listener_create(options_store_t *store);

#endif /** ACCOUNTING_LISTENER_H_ */
