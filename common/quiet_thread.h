/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file quiet_thread.h
 * A thread that no signal is delivered to.
 */

#ifndef QUIET_THREAD_H_
#define QUIET_THREAD_H_

#include <threading/thread.h>

/**
 * Start a thread, at any time. Signals are for the daemon's main thread, which
 * blocks them for the threads that it starts, but only after plugins are
 * loaded: one that is started before would have SIGHUP end the daemon.
 *
 * @param main			as for thread_create()
 * @param arg			likewise
 * @return				NULL if that failed
 */
thread_t *quiet_thread_create(thread_main_t main, void *arg);

#endif /** QUIET_THREAD_H_ */
