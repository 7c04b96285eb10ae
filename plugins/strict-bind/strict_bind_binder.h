/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_binder.h
 * Brings the open sockets in line with what is to be bound.
 */

#ifndef STRICT_BIND_BINDER_H_
#define STRICT_BIND_BINDER_H_

#include "strict_bind_ports.h"
#include "strict_bind_settings.h"
#include "strict_bind_table.h"

#include <collections/array.h>

typedef struct strict_bind_binder_t strict_bind_binder_t;

/**
 * Called with a socket that is wanted.
 *
 * @param data			as given to strict_bind_binder_t.list()
 * @param target		where it is bound or to be bound
 * @param error			errno of the last attempt, 0 if it is open
 * @param holder		process that has the port, "" if that isn't known
 */
typedef void (*strict_bind_list_t)(void *data,
								   const strict_bind_target_t *target,
								   int error, const char *holder);

/**
 * For one thread at a time.
 */
struct strict_bind_binder_t {

	/**
	 * Open the sockets that are missing and close those in excess. The others
	 * stay as they are but for options that changed.
	 *
	 * What was bound, released or failed is logged, each thing once.
	 *
	 * @param settings	settings in force
	 * @param selected	array of strict_bind_local_t*
	 * @return			TRUE if all sockets are open, FALSE to try again later
	 */
	bool (*bind)(strict_bind_binder_t *this, strict_bind_settings_t *settings,
				 array_t *selected);

	/**
	 * List the sockets that are open, and those that failed.
	 *
	 * @param cb		called for each
	 * @param data		passed to cb
	 */
	void (*list)(strict_bind_binder_t *this, strict_bind_list_t cb,
				 void *data);

	/**
	 * Destroy a strict_bind_binder_t. The sockets stay open.
	 */
	void (*destroy)(strict_bind_binder_t *this);
};

/**
 * Create a binder.
 *
 * @param table		the sockets, has to outlive it
 * @param ports		ports to bind on each address
 */
strict_bind_binder_t *strict_bind_binder_create(strict_bind_table_t *table,
												strict_bind_ports_t ports);

#endif /** STRICT_BIND_BINDER_H_ */
