/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_client.h
 * A client that is connected.
 */

#ifndef CONTROL_CLIENT_H_
#define CONTROL_CLIENT_H_

#include "control_dispatcher.h"

typedef struct control_client_t control_client_t;

/**
 * Seconds in which a client has to send the rest of a request, and in which it
 * has to read something of an answer. Events may wait for as long as they like.
 */
#define CONTROL_PATIENCE 10

/**
 * Serves the client with a thread of its own, as commands may block and clients
 * may stop to read: charon's threads are for IKE.
 */
struct control_client_t {

	/**
	 * Seconds since the client was last served.
	 *
	 * @return			UINT32_MAX if it is gone, 0 if it is being disconnected
	 *					or waits for events
	 */
	uint32_t (*get_idle)(control_client_t *this);

	/**
	 * Disconnect the client, without waiting until its thread has ended.
	 */
	void (*disconnect)(control_client_t *this);

	/**
	 * Disconnect the client, wait until its thread has ended and destroy a
	 * control_client_t.
	 */
	void (*destroy)(control_client_t *this);
};

/**
 * Called by the client's thread when it has to disconnect a client.
 *
 * @param data			as given to control_client_create()
 * @param who			the client, for the log
 * @param reason		what it did wrong
 */
typedef void (*control_complain_t)(void *data, const char *who,
								   const char *reason);

/**
 * Start to serve a client.
 *
 * @param fd			socket, adopted
 * @param dispatcher	answers its requests
 * @param events		registrations
 * @param complain		called if it misbehaves
 * @param data			passed to complain
 * @return				client, NULL if there are too many files or threads
 */
control_client_t *control_client_create(int fd,
										control_dispatcher_t *dispatcher,
										control_events_t *events,
										control_complain_t complain,
										void *data);

#endif /** CONTROL_CLIENT_H_ */
