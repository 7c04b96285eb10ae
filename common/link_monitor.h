/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file link_monitor.h
 * Notices when interfaces, addresses or routes change.
 */

#ifndef LINK_MONITOR_H_
#define LINK_MONITOR_H_

#include <library.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

typedef struct link_monitor_t link_monitor_t;

/**
 * Calls back after changes.
 *
 * Charon's own roam events don't do: they leave out renamed interfaces and
 * those that charon.interfaces_use excludes, and can be turned off.
 */
struct link_monitor_t {

	/**
	 * Stop calling back and destroy a link_monitor_t, at any time. Waits for
	 * a callback to return, so not with a lock that it takes, nor by it.
	 */
	void (*destroy)(link_monitor_t *this);
};

/**
 * Start to watch.
 *
 * @param groups	RTMGRP_* of the changes to watch
 * @param matters	tells whether a message is worth a call, NULL if all are;
 *					called by the watcher's thread, so it must not block; the
 *					message is NULL if some were lost
 * @param delay		time for changes to settle, in milliseconds
 * @param changed	called from a job that long after a change, once for those
 *					that come in the meantime; not called again before it
 *					returns, but once more if something came while it ran
 * @param data		passed to matters and changed
 * @return			NULL if that failed, errno is set
 */
link_monitor_t *link_monitor_create(uint32_t groups,
									bool (*matters)(void *data,
													struct nlmsghdr *hdr),
									u_int delay, void (*changed)(void *data),
									void *data);

#endif /** LINK_MONITOR_H_ */
