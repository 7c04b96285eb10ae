/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_server.h
 * Accepts clients, and takes events from plugins.
 */

#ifndef CONTROL_SERVER_H_
#define CONTROL_SERVER_H_

#include <options_store.h>

typedef struct control_server_t control_server_t;

/**
 * Most clients at a time. One more takes the place of the one that has been
 * idle for the longest time, unless all wait for events or an answer.
 */
#define CONTROL_CLIENTS_MAX 64

struct control_server_t {

	/**
	 * Apply settings that were reloaded: listen at another path. Clients stay
	 * connected.
	 *
	 * @return			FALSE if that isn't possible, after logging why
	 */
	bool (*reload)(control_server_t *this);

	/**
	 * Disconnect all clients and destroy a control_server_t.
	 */
	void (*destroy)(control_server_t *this);
};

/**
 * Attach to the registry and listen for clients, as soon as that is possible.
 *
 * @param store			settings, has to outlive it
 * @return				NULL if there are too many files or threads
 */
control_server_t *control_server_create(options_store_t *store);

#endif /** CONTROL_SERVER_H_ */
