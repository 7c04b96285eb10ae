/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_peer.h
 * The peer of an IKE_SA, and whether it has to be followed to another address.
 */

#ifndef PEER_RESOLVE_PEER_H_
#define PEER_RESOLVE_PEER_H_

#include "peer_resolve_name.h"

#include <collections/hashtable.h>
#include <utils/identification.h>

typedef struct peer_resolve_peer_t peer_resolve_peer_t;
typedef enum peer_resolve_state_t peer_resolve_state_t;

/**
 * How a peer's address and its names compare.
 */
enum peer_resolve_state_t {
	/** not all names have been resolved yet */
	PEER_RESOLVE_UNRESOLVED,
	/** its address is one of the names' */
	PEER_RESOLVE_CURRENT,
	/** it never was, and these didn't change: it got there by MOBIKE, or by a
	 * redirect */
	PEER_RESOLVE_ELSEWHERE,
	/** none of the new addresses is of a family that the connection has */
	PEER_RESOLVE_UNUSABLE,
	/** it has to go to another address, but the names flap */
	PEER_RESOLVE_HELD,
	/** but it has connected to us, so that it may come by itself */
	PEER_RESOLVE_WAITING,
	/** but it is a client, which has to come by itself */
	PEER_RESOLVE_CLIENT,
	/** but another IKE_SA with it is at the new address already */
	PEER_RESOLVE_REPLACED,
	/** but that failed, and is tried again later */
	PEER_RESOLVE_FAILED,
	/** it is on its way */
	PEER_RESOLVE_MOVING,
};

/**
 * The IKE_SA, and what has been seen of it.
 */
struct peer_resolve_peer_t {
	uint32_t unique_id;
	/** name of the connection */
	char *connection;
	identification_t *id;
	/** where it is */
	host_t *host;
	/** as configured */
	char *remote_addrs;
	/** family of the local address, AF_UNSPEC for both */
	int family;
	/** did the peer initiate? */
	bool responder;
	/** as a client of ours, with a virtual IP, EAP or XAuth? */
	bool client;
	/** is it up? */
	bool up;
	/** rounds in which it wasn't to be seen */
	u_int missed;
	/** what follows is left alone by peer_resolve_peer_update() */
	peer_resolve_state_t state;
	/** where it has to go, NULL if it hasn't */
	host_t *target;
	/** was its address one of the names' since it is there? */
	bool seen;
	/** else these were the first, host_t*; NULL if there was no answer yet */
	linked_list_t *first;
	/** since when it isn't, 0 if it is */
	time_t away;
	/** attempts that failed, where to, and when to try again */
	u_int failures;
	host_t *failed;
	/** since when the attempt is put off as it is busy, 0 if it isn't */
	time_t busy;
	time_t retry;
};

/**
 * Names of states, for operators.
 */
extern const char *const peer_resolve_states[];

/**
 * Get the host names among remote addresses.
 *
 * @param addrs			as configured
 * @param names			gets them, char*; NULL to ask only
 * @return				FALSE if there is none, or there are wildcards, networks
 *						or ranges, so that the peer may be anywhere
 */
bool peer_resolve_parse(const char *addrs, linked_list_t *names);

/**
 * Take what is known of the IKE_SA now. If it is at another address, what was
 * seen is forgotten.
 *
 * @param now			of the same IKE_SA, adopted
 */
void peer_resolve_peer_update(peer_resolve_peer_t *this,
							  peer_resolve_peer_t *now);

/**
 * Take what was seen of the address and of attempts from another IKE_SA of the
 * connection, if it is at the same one.
 *
 * @return				FALSE if it isn't, or nothing was seen
 */
bool peer_resolve_peer_inherit(peer_resolve_peer_t *this,
							   peer_resolve_peer_t *other);

/**
 * Decide what to do: sets state, which is PEER_RESOLVE_MOVING if it has to go
 * to target.
 *
 * @param names			peer_resolve_name_t by names, all that it has
 * @param now			in seconds
 * @param interval		in seconds
 */
void peer_resolve_peer_decide(peer_resolve_peer_t *this, hashtable_t *names,
							  time_t now, uint32_t interval);

/**
 * It could not be moved to target: try again after a while, which doubles.
 *
 * @return				seconds until then
 */
uint32_t peer_resolve_peer_fail(peer_resolve_peer_t *this, time_t now,
								uint32_t interval);

/**
 * Clone what an operator is told, and what is needed to move it.
 */
peer_resolve_peer_t *peer_resolve_peer_clone(peer_resolve_peer_t *this);

/**
 * Destroy a peer, or NULL.
 */
void peer_resolve_peer_destroy(peer_resolve_peer_t *this);

#endif /** PEER_RESOLVE_PEER_H_ */
