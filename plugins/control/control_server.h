/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_server.h
 * Accepts clients, and takes events from plugins.
 */

#ifndef CONTROL_SERVER_H_
#define CONTROL_SERVER_H_

#include "control_events.h"
#include "control_settings.h"

#include <options_store.h>

typedef struct control_server_t control_server_t;

/**
 * Most clients at a time. One more takes the place of the one that has been
 * idle for the longest time, unless all wait for events or an answer.
 */
#define CONTROL_CLIENTS_MAX 64

struct control_server_t {

	/** counters */
	control_stats_t stats;

	/** registrations of clients */
	control_events_t *events;

	/**
	 * Listen as soon as that is possible, and serve clients once jobs run:
	 * charon is whom it is to be by then. It has to outlive the workers.
	 */
	void (*start)(control_server_t *this);

	/**
	 * Listen where settings say. Clients stay connected, but for those that
	 * may only read if it is elsewhere or for another group. The store's
	 * settings mustn't change meanwhile.
	 *
	 * @param errors	gets why that isn't possible; it listens where it did
	 */
	void (*listen)(control_server_t *this, control_settings_t *settings,
				   option_errors_t *errors);

	/**
	 * Number of clients that are connected.
	 */
	u_int (*count_clients)(control_server_t *this);

	/**
	 * Get where it listens.
	 *
	 * @return			URI, to be freed; NULL if it doesn't yet
	 */
	char *(*get_uri)(control_server_t *this);

	/**
	 * Disconnect all clients and destroy a control_server_t.
	 */
	void (*destroy)(control_server_t *this);
};

/**
 * Attach to the registry.
 *
 * @param store			settings, has to outlive it
 * @param readonly		whether for clients that may only read, which have a
 *						socket of their own, or none
 * @return				NULL if there are too many files
 */
control_server_t *control_server_create(options_store_t *store, bool readonly);

#endif /** CONTROL_SERVER_H_ */
