/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_manager.h
 * Has names resolved again and again, and peers follow them.
 */

#ifndef PEER_RESOLVE_MANAGER_H_
#define PEER_RESOLVE_MANAGER_H_

#include "peer_resolve_peer.h"

#include <options_store.h>

#include <bus/listeners/listener.h>

typedef struct peer_resolve_manager_t peer_resolve_manager_t;
typedef struct peer_resolve_item_t peer_resolve_item_t;
typedef struct peer_resolve_stats_t peer_resolve_stats_t;

/**
 * A peer, as an operator sees it.
 */
struct peer_resolve_item_t {
	peer_resolve_peer_t *peer;
	/** its names, char* */
	linked_list_t *names;
	/** their addresses, host_t* */
	linked_list_t *hosts;
	/** seconds since all of them were resolved, -1 if they weren't */
	int64_t resolved;
	/** why one of them can't be, NULL if they can */
	char *error;
};

/**
 * Numbers.
 */
struct peer_resolve_stats_t {
	u_int peers, moving;
	uint64_t moved, failed;
	/** answers with and without addresses */
	uint64_t resolved, unresolved;
};

/**
 * Thread-safe.
 */
struct peer_resolve_manager_t {

	/** its hooks, on the bus until it is destroyed */
	listener_t listener;

	/**
	 * Resolve all names at once, by the settings that are in force now.
	 *
	 * @return			FALSE if there is no thread for that, after logging it
	 */
	bool (*resolve)(peer_resolve_manager_t *this);

	/**
	 * Get the peers that are followed.
	 *
	 * @param connection	those on this one, NULL for all
	 * @param next		gets seconds until names are resolved again
	 * @return			peer_resolve_item_t*
	 */
	linked_list_t *(*get_items)(peer_resolve_manager_t *this,
								const char *connection, uint32_t *next);

	/**
	 * Get numbers.
	 */
	void (*get_stats)(peer_resolve_manager_t *this,
					  peer_resolve_stats_t *stats);

	/**
	 * Stop, and destroy a peer_resolve_manager_t.
	 */
	void (*destroy)(peer_resolve_manager_t *this);
};

/**
 * Start.
 *
 * @param store			settings
 * @return				NULL if that failed, after logging why
 */
peer_resolve_manager_t *peer_resolve_manager_create(options_store_t *store);

/**
 * Destroy an item.
 */
void peer_resolve_item_destroy(peer_resolve_item_t *this);

#endif /** PEER_RESOLVE_MANAGER_H_ */
