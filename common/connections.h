/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file connections.h
 * The connections that are loaded: what they are, and what is wrong with them.
 */

#ifndef CONNECTIONS_H_
#define CONNECTIONS_H_

#include <config/peer_cfg.h>

typedef struct connection_watch_t connection_watch_t;

/**
 * Thread-safe.
 */
struct connection_watch_t {

	/**
	 * Get the number of connections that something is wrong with, of those
	 * that are loaded.
	 */
	u_int (*count)(connection_watch_t *this);

	/**
	 * Destroy a connection_watch_t.
	 */
	void (*destroy)(connection_watch_t *this);
};

/**
 * Start to look, each second: nothing tells when connections are loaded.
 *
 * @param check		returns the line to log about a connection, allocated, NULL
 *					if there is none; logged once, until that is so no more or
 *					the line is another one
 * @param data		passed to check
 */
connection_watch_t *connection_watch_create(
								char *(*check)(void *data, peer_cfg_t *cfg),
								void *data);

/**
 * Enumerate the connections that are loaded, for either version of IKE.
 *
 * @return			enumerator over peer_cfg_t*
 */
enumerator_t *connections_create_enumerator(void);

/**
 * Does a connection assign virtual IPs to its peers?
 *
 * @param cfg			connection
 */
bool connection_has_pool(peer_cfg_t *cfg);

#endif /** CONNECTIONS_H_ */
