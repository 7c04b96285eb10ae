/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_queue.h
 * Events on their way to a client.
 */

#ifndef CONTROL_QUEUE_H_
#define CONTROL_QUEUE_H_

#include <library.h>

typedef struct control_queue_t control_queue_t;

/**
 * Bytes of events that may wait for a client. Some 3,000 events.
 */
#define CONTROL_QUEUE_MAX (1024 * 1024)

/**
 * Thread-safe. Whoever adds an event isn't held up by the client.
 */
struct control_queue_t {

	/** readable while there are events, constant */
	int fd;

	/**
	 * Add an event, unless there is no room for it.
	 *
	 * @param event		encoded event, copied
	 * @return			FALSE if it was dropped
	 */
	bool (*push)(control_queue_t *this, chunk_t event);

	/**
	 * Remove the oldest event.
	 *
	 * @param event		gets the event, to be freed
	 * @param dropped	gets the number of events that were dropped between this
	 *					and the next one
	 * @return			FALSE if there is none
	 */
	bool (*pop)(control_queue_t *this, chunk_t *event, u_int *dropped);

	/**
	 * Destroy a control_queue_t.
	 */
	void (*destroy)(control_queue_t *this);
};

/**
 * Create an empty queue.
 *
 * @return				queue, NULL if there are too many open files
 */
control_queue_t *control_queue_create(void);

#endif /** CONTROL_QUEUE_H_ */
