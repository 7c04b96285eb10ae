/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_monitor.h
 * Notices when a table of nftables is changed, by whomever.
 */

#ifndef FILTERMODE_MONITOR_H_
#define FILTERMODE_MONITOR_H_

#include <library.h>

typedef struct filtermode_monitor_t filtermode_monitor_t;

/**
 * Calls back after changes.
 */
struct filtermode_monitor_t {

	/**
	 * Get the number of transactions that changed the table since this was
	 * called last, ours and others', up to the last one that was carried out,
	 * without those that there was no room for.
	 */
	u_int (*take)(filtermode_monitor_t *this);

	/**
	 * Stop calling back and destroy a filtermode_monitor_t.
	 */
	void (*destroy)(filtermode_monitor_t *this);
};

/**
 * Start to watch the network namespace.
 *
 * @param table		name of a table in family inet
 * @param changed	called after a transaction that changed the table, or if
 *					there may have been one, with who made it, by name and
 *					process ID, or NULL; must not block
 * @param data		passed to changed
 * @return			NULL if that failed, errno is set
 */
filtermode_monitor_t *filtermode_monitor_create(const char *table,
								void (*changed)(void *data, const char *who),
								void *data);

#endif /** FILTERMODE_MONITOR_H_ */
