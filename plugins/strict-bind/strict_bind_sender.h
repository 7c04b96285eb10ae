/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_sender.h
 * Sends each packet from the socket that has its source address.
 */

#ifndef STRICT_BIND_SENDER_H_
#define STRICT_BIND_SENDER_H_

#include "strict_bind_monitor.h"

typedef struct strict_bind_sender_t strict_bind_sender_t;

/**
 * For a single thread.
 */
struct strict_bind_sender_t {

	/**
	 * Send a packet. If its source isn't bound, the local addresses and the
	 * connections are looked at first, as they may be newer than the sockets.
	 * If that doesn't help, a line names the connection.
	 *
	 * @param packet	packet to send
	 * @return			SUCCESS or FAILED
	 */
	status_t (*send)(strict_bind_sender_t *this, packet_t *packet);

	/**
	 * Destroy a strict_bind_sender_t. No job may run any more.
	 */
	void (*destroy)(strict_bind_sender_t *this);
};

/**
 * Create a sender.
 *
 * @param table		sockets, has to outlive it
 * @param monitor	keeps them up to date, has to outlive it
 * @param users		addresses of IKE_SAs, has to outlive it
 * @param ports		ports that are bound
 */
strict_bind_sender_t *strict_bind_sender_create(strict_bind_table_t *table,
												strict_bind_monitor_t *monitor,
												strict_bind_users_t *users,
												strict_bind_ports_t ports);

#endif /** STRICT_BIND_SENDER_H_ */
