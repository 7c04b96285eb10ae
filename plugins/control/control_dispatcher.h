/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_dispatcher.h
 * Answers what clients send.
 */

#ifndef CONTROL_DISPATCHER_H_
#define CONTROL_DISPATCHER_H_

#include "control_events.h"

#include <bio/bio_writer.h>

typedef struct control_dispatcher_t control_dispatcher_t;

/**
 * Most bytes of an answer, all messages of a stream together.
 */
#define CONTROL_ANSWER_MAX (64 * 1024 * 1024)

/**
 * Thread-safe.
 */
struct control_dispatcher_t {

	/**
	 * Do what a client asks for. Takes as long as the command does, but doesn't
	 * wait for the client.
	 *
	 * @param client	client
	 * @param packet	what it sent, without the length
	 * @param answer	gets packets to send to it, with their lengths
	 * @return			FALSE if it isn't valid, the client is hopeless then
	 */
	bool (*process)(control_dispatcher_t *this, control_queue_t *client,
					chunk_t packet, bio_writer_t *answer);

	/**
	 * Destroy a control_dispatcher_t.
	 */
	void (*destroy)(control_dispatcher_t *this);
};

/**
 * Create a dispatcher. The registry has to be attached.
 *
 * @param events		registrations of clients
 * @param stats			counts commands
 * @param readonly		whether clients may only run commands that change
 *						nothing, and get no events
 */
control_dispatcher_t *control_dispatcher_create(control_events_t *events,
												control_stats_t *stats,
												bool readonly);

#endif /** CONTROL_DISPATCHER_H_ */
