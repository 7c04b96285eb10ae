/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_monitor.h
 * Notices what comes and goes, and has the sockets follow.
 */

#ifndef STRICT_BIND_MONITOR_H_
#define STRICT_BIND_MONITOR_H_

#include "strict_bind_binder.h"
#include "strict_bind_users.h"

#include <options_store.h>

typedef struct strict_bind_monitor_t strict_bind_monitor_t;

/**
 * Thread-safe.
 */
struct strict_bind_monitor_t {

	/**
	 * Have the sockets follow right now. May block for the time that a few
	 * netlink requests take.
	 */
	void (*refresh)(strict_bind_monitor_t *this);

	/**
	 * Apply settings that were reloaded.
	 */
	void (*reload)(strict_bind_monitor_t *this);

	/**
	 * List the sockets that are open, and those that failed.
	 *
	 * @param cb		called for each, doesn't block
	 * @param data		passed to cb
	 * @param missing	gets what is waited for, "" if nothing is
	 * @param len		size of missing
	 */
	void (*list)(strict_bind_monitor_t *this, strict_bind_list_t cb,
				 void *data, char *missing, size_t len);

	/**
	 * Destroy a strict_bind_monitor_t. No job may run any more.
	 */
	void (*destroy)(strict_bind_monitor_t *this);
};

/**
 * Open the sockets that are required, and keep watching.
 *
 * Addresses and interfaces are watched with a netlink socket of our own, not
 * with charon's roam events, which a setting turns off, which are delayed, and
 * which leave out interfaces that were renamed. Loaded connections have to be
 * polled, as nothing announces them.
 *
 * @param store		settings, has to outlive it
 * @param table		sockets, has to outlive it
 * @param users		addresses of IKE_SAs, has to outlive it
 * @param ports		ports to bind
 * @return			NULL if events can't be watched, after logging a line
 */
strict_bind_monitor_t *strict_bind_monitor_create(options_store_t *store,
												  strict_bind_table_t *table,
												  strict_bind_users_t *users,
												  strict_bind_ports_t ports);

#endif /** STRICT_BIND_MONITOR_H_ */
