/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_events.h
 * Tells about peers that are moved, in the log and as events.
 */

#ifndef PEER_RESOLVE_EVENTS_H_
#define PEER_RESOLVE_EVENTS_H_

#include "peer_resolve_peer.h"

#include <offer.h>

/**
 * Write who a peer is, and where it is and has to go.
 */
void peer_resolve_write_peer(control_out_t *out, peer_resolve_peer_t *peer);

/**
 * A peer's state has changed, and it isn't where its name is.
 */
void peer_resolve_tell_state(peer_resolve_peer_t *peer);

/**
 * A peer has moved.
 *
 * @param new		unique ID of its IKE_SA
 */
void peer_resolve_tell_moved(peer_resolve_peer_t *peer, uint32_t new);

/**
 * A peer stays, as it can't be moved.
 *
 * @param retry		seconds until that is tried again, 0 if it isn't
 */
void peer_resolve_tell_failed(peer_resolve_peer_t *peer, const char *reason,
							  uint32_t retry);

/**
 * A name can't be resolved anymore, or can be again.
 *
 * @param error		why not, NULL if it can
 */
void peer_resolve_tell_name(const char *name, const char *error);

#endif /** PEER_RESOLVE_EVENTS_H_ */
