/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_monitor.h
 * Notices when a table of nftables is changed, by whomever.
 */

#ifndef FILTERMODE_MONITOR_H_
#define FILTERMODE_MONITOR_H_

#include <library.h>

#include <linux/netlink.h>

typedef struct filtermode_monitor_t filtermode_monitor_t;

/**
 * Room for who made a transaction, "nft (4711)". The kernel limits names to
 * TASK_COMM_LEN.
 */
#define FILTERMODE_WHO_LEN 64

/**
 * Calls back after changes.
 */
struct filtermode_monitor_t {

	/**
	 * Get the number of transactions that changed the table since this was
	 * called last, ours and others', up to the last one that was carried out.
	 * More than one if there was no room for some.
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
 * @param table		family and name of a table, "inet mine"
 * @param changed	called after a transaction that changed the table, or if
 *					there may have been one, with who made it, by name and
 *					process ID, or NULL; must not block
 * @param data		passed to changed
 * @return			NULL if that failed, errno is set
 */
filtermode_monitor_t *filtermode_monitor_create(const char *table,
								void (*changed)(void *data, const char *who),
								void *data);

/**
 * Read a message about nftables.
 *
 * @param hdr		message, as long as its header says
 * @param family	number and name of the table that is of interest
 * @param touched	set to TRUE if it is about that, or something in it
 * @param who		gets who made the transaction if it ends here, escaped, or
 *					"" if the kernel doesn't say
 * @return			TRUE if a transaction ends
 */
bool filtermode_monitor_parse(struct nlmsghdr *hdr, uint8_t family,
							  const char *table, bool *touched,
							  char who[FILTERMODE_WHO_LEN]);

#endif /** FILTERMODE_MONITOR_H_ */
