/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_connections.h
 * Looks at the connections that are loaded, and warns about those that assign
 * virtual IPs in vain.
 */

#ifndef FILTERMODE_CONNECTIONS_H_
#define FILTERMODE_CONNECTIONS_H_

#include "filtermode_manager.h"

typedef struct filtermode_connections_t filtermode_connections_t;

/**
 * Thread-safe.
 */
struct filtermode_connections_t {

	/**
	 * Get the number of connections that were warned about, of those that are
	 * loaded.
	 */
	u_int (*count)(filtermode_connections_t *this);

	/**
	 * Destroy a filtermode_connections_t.
	 */
	void (*destroy)(filtermode_connections_t *this);
};

/**
 * Start to look.
 *
 * @param manager	has the settings in force
 */
filtermode_connections_t *filtermode_connections_create(
											filtermode_manager_t *manager);

#endif /** FILTERMODE_CONNECTIONS_H_ */
