/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_stats.h
 * What control counts about itself.
 */

#ifndef CONTROL_STATS_H_
#define CONTROL_STATS_H_

#include <library.h>

typedef struct control_stats_t control_stats_t;

/**
 * Counters since the start, incremented with ref_get() by any thread.
 */
struct control_stats_t {
	/** clients that connected, that were refused as there were too many, and
	 * that were disconnected as they misbehaved */
	refcount_t connects;
	refcount_t refused;
	refcount_t disconnected;
	/** commands that were run, and those of them that failed */
	refcount_t commands;
	refcount_t failed;
	/** events that were queued to a client, and that a client missed */
	refcount_t events;
	refcount_t dropped;
};

#endif /** CONTROL_STATS_H_ */
