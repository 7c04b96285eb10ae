/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_socket.h
 * charon's socket, made of many: each packet is sent from the one that has its
 * source address.
 *
 * If a packet's source isn't bound, the local addresses and the connections are
 * looked at first, as they may be newer than the sockets. If that doesn't help,
 * a line names the connection.
 */

#ifndef STRICT_BIND_SOCKET_H_
#define STRICT_BIND_SOCKET_H_

#include "strict_bind_monitor.h"

#include <network/socket.h>
#include <options_store.h>

typedef struct strict_bind_socket_t strict_bind_socket_t;

struct strict_bind_socket_t {

	/** implements socket interface */
	socket_t socket;

	/** knows what is bound */
	strict_bind_monitor_t *monitor;

	/**
	 * Apply settings that were reloaded.
	 */
	void (*reload)(strict_bind_socket_t *this);
};

/**
 * Create the socket, and bind what is there.
 *
 * @param store		settings, has to outlive it
 * @return			NULL on failure, after logging a line
 */
strict_bind_socket_t *strict_bind_socket_create(options_store_t *store);

#endif /** STRICT_BIND_SOCKET_H_ */
