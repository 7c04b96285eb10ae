/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_paths.h
 * Keeps charon to addresses that are bound, and has those bound that an IKE_SA
 * needs.
 */

#ifndef STRICT_BIND_PATHS_H_
#define STRICT_BIND_PATHS_H_

#include "strict_bind_ports.h"
#include "strict_bind_table.h"
#include "strict_bind_users.h"

#include <daemon.h>
#include <options_store.h>

typedef struct strict_bind_paths_t strict_bind_paths_t;

/**
 * Charon picks the local address of an IKE_SA, at first or when it moves by
 * MOBIKE, and offers others to the peer, among all that the kernel interface
 * tells. While this object is there, it stands in front of that: an address
 * that isn't bound isn't offered, and is chosen only if auto allows to bind it,
 * else another one is that is bound and leads to the peer.
 *
 * Which addresses IKE_SAs have is followed by the listener.
 */
struct strict_bind_paths_t {

	/** for the bus */
	listener_t listener;

	/**
	 * Destroy a strict_bind_paths_t, when charon runs no threads any more.
	 */
	void (*destroy)(strict_bind_paths_t *this);
};

/**
 * Stand in front of charon's kernel interface. There may be one at a time.
 *
 * @param store		settings, has to outlive it
 * @param table		sockets, has to outlive it
 * @param users		addresses of IKE_SAs, has to outlive it
 * @param ports		ports that are bound
 */
strict_bind_paths_t *strict_bind_paths_create(options_store_t *store,
											  strict_bind_table_t *table,
											  strict_bind_users_t *users,
											  strict_bind_ports_t ports);

#endif /** STRICT_BIND_PATHS_H_ */
