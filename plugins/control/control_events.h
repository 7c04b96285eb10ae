/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_events.h
 * Which client has asked for which events and streams, and the way from plugins
 * to clients.
 */

#ifndef CONTROL_EVENTS_H_
#define CONTROL_EVENTS_H_

#include "control_queue.h"
#include "control_stats.h"

#include <offer.h>

typedef struct control_events_t control_events_t;

/**
 * Thread-safe. Clients are known by their queue. Nothing here blocks.
 */
struct control_events_t {

	/**
	 * Takes events of plugins.
	 */
	control_sink_t sink;

	/**
	 * Register a client for an event or a stream. It may be so already.
	 *
	 * @param name		name of the event or stream
	 * @param queue		client
	 */
	void (*add)(control_events_t *this, const char *name,
				control_queue_t *queue);

	/**
	 * Take a registration back.
	 *
	 * @param name		name of the event or stream
	 * @param queue		client
	 * @return			FALSE if there is no such registration
	 */
	bool (*remove)(control_events_t *this, const char *name,
				   control_queue_t *queue);

	/**
	 * Take all registrations of a client back.
	 *
	 * @param queue		client
	 */
	void (*remove_all)(control_events_t *this, control_queue_t *queue);

	/**
	 * Is there a registration?
	 *
	 * @param name		name of the event or stream, NULL for any
	 * @param queue		client, NULL for any
	 */
	bool (*contains)(control_events_t *this, const char *name,
					 control_queue_t *queue);

	/**
	 * Number of registrations.
	 */
	u_int (*get_count)(control_events_t *this);

	/**
	 * Destroy a control_events_t.
	 */
	void (*destroy)(control_events_t *this);
};

/**
 * Create an object without registrations.
 *
 * @param stats			counts events
 */
control_events_t *control_events_create(control_stats_t *stats);

#endif /** CONTROL_EVENTS_H_ */
