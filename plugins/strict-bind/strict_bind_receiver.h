/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_receiver.h
 * Receives packets in batches and hands them out one by one.
 */

#ifndef STRICT_BIND_RECEIVER_H_
#define STRICT_BIND_RECEIVER_H_

#include "strict_bind_table.h"

typedef struct strict_bind_receiver_t strict_bind_receiver_t;

/**
 * For a single thread.
 */
struct strict_bind_receiver_t {

	/**
	 * Get the next packet. Blocks until there is one, also while there is no
	 * socket. A cancellation point while it blocks, not otherwise.
	 *
	 * @return		packet, NULL on failure
	 */
	packet_t *(*receive)(strict_bind_receiver_t *this);

	/**
	 * Destroy a strict_bind_receiver_t.
	 */
	void (*destroy)(strict_bind_receiver_t *this);
};

/**
 * Create a receiver.
 *
 * @param table			sockets to receive from, has to outlive it
 * @param max_packet	largest datagram, in bytes; longer ones are dropped
 */
strict_bind_receiver_t *strict_bind_receiver_create(strict_bind_table_t *table,
													size_t max_packet);

#endif /** STRICT_BIND_RECEIVER_H_ */
