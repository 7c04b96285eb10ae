/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_monitor.h
 * Notices when interfaces, addresses or networks on their links change.
 */

#ifndef BYPASS_MONITOR_H_
#define BYPASS_MONITOR_H_

#include <library.h>

typedef struct bypass_monitor_t bypass_monitor_t;

/**
 * Calls back after changes.
 *
 * Charon's own roam events don't do: they leave out renamed interfaces and
 * those that charon.interfaces_use excludes, and can be turned off.
 */
struct bypass_monitor_t {

	/**
	 * Stop calling back and destroy a bypass_monitor_t.
	 */
	void (*destroy)(bypass_monitor_t *this);
};

/**
 * Start to watch.
 *
 * @param changed	called from a job some time after changes, once for those
 *					that come within BYPASS_MONITOR_DELAY
 * @param data		passed to changed
 * @return			NULL if that failed, errno is set
 */
bypass_monitor_t *bypass_monitor_create(void (*changed)(void *data),
										void *data);

/**
 * Time for changes to settle, in milliseconds.
 */
#define BYPASS_MONITOR_DELAY 50

#endif /** BYPASS_MONITOR_H_ */
