/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_mover.h
 * Moves peers to another address: a new IKE_SA is set up with the CHILD_SAs of
 * the old one, which is closed once these are there, and else kept.
 */

#ifndef PEER_RESOLVE_MOVER_H_
#define PEER_RESOLVE_MOVER_H_

#include <bus/listeners/listener.h>

typedef struct peer_resolve_mover_t peer_resolve_mover_t;

/**
 * Called when a move is over, by peer_resolve_mover_t.look().
 *
 * @param old		unique ID of the IKE_SA that was to be replaced
 * @param new		of the one that has replaced it, 0 if that failed
 * @param gone		then whether the old one is gone, too
 * @param reason	and why
 */
typedef void (*peer_resolve_moved_t)(void *data, uint32_t old, uint32_t new,
									 bool gone, const char *reason);

/**
 * All but replace() for one thread, which isn't a bus hook's.
 */
struct peer_resolve_mover_t {

	/** its hooks, on the bus until it is destroyed */
	listener_t listener;

	/**
	 * Begin to move a peer.
	 *
	 * @param id		unique ID of the IKE_SA
	 * @param from		where it is
	 * @param to		where it has to go
	 * @param name		name of its connection
	 * @return			NULL if it has begun, or else why not, static
	 */
	const char *(*move)(peer_resolve_mover_t *this, uint32_t id, host_t *from,
						host_t *to, const char *name);

	/**
	 * Are CHILD_SAs being set up? If the IKE_SA is moved now, charon
	 * has the new one do that.
	 *
	 * @param id		unique ID of the IKE_SA
	 */
	bool (*is_busy)(peer_resolve_mover_t *this, uint32_t id);

	/**
	 * Where is a peer being moved to?
	 *
	 * @param id		unique ID of the IKE_SA, which may be the new one
	 * @return			NULL if it isn't
	 */
	host_t *(*get_target)(peer_resolve_mover_t *this, uint32_t id);

	/**
	 * An IKE_SA is replaced by another one at the same address. For hooks.
	 *
	 * @param from		unique ID
	 * @param to		of the one that replaces it
	 */
	void (*replace)(peer_resolve_mover_t *this, uint32_t from, uint32_t to);

	/**
	 * Give up to move a peer.
	 */
	void (*cancel)(peer_resolve_mover_t *this, uint32_t id);

	/**
	 * See how far moves are, once a second while there are any.
	 */
	void (*look)(peer_resolve_mover_t *this);

	/**
	 * Get the number of moves.
	 */
	u_int (*get_count)(peer_resolve_mover_t *this);

	/**
	 * Destroy a peer_resolve_mover_t.
	 */
	void (*destroy)(peer_resolve_mover_t *this);
};

/**
 * Create a mover.
 *
 * @param moved			whom to tell
 * @param data			passed to moved
 */
peer_resolve_mover_t *peer_resolve_mover_create(peer_resolve_moved_t moved,
												void *data);

#endif /** PEER_RESOLVE_MOVER_H_ */
