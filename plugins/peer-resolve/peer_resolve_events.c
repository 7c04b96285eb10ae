/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_events.h"

#include <daemon.h>

void peer_resolve_write_peer(control_out_t *out, peer_resolve_peer_t *peer)
{
	out->number(out, "uniqueid", peer->unique_id);
	out->value(out, "connection", "%s", peer->connection);
	out->value(out, "id", "%Y", peer->id);
	out->value(out, "host", "%H", peer->host);
	if (peer->target)
	{
		out->value(out, "target", "%H", peer->target);
	}
}

/**
 * Tell clients.
 */
static control_out_t *begin_event(const char *type, peer_resolve_peer_t *peer)
{
	control_out_t *out = control_event_begin("peer-move");

	if (out)
	{
		out->value(out, "type", "%s", type);
		peer_resolve_write_peer(out, peer);
	}
	return out;
}

void peer_resolve_tell_state(peer_resolve_peer_t *peer)
{
	control_out_t *out;

	switch (peer->state)
	{
		case PEER_RESOLVE_MOVING:
			DBG1(DBG_CFG, "peer-resolve: %s[%u]: %s is at %H now, moving it "
				 "there from %H", peer->connection, peer->unique_id,
				 peer->remote_addrs, peer->target, peer->host);
			out = begin_event("moving", peer);
			if (out)
			{
				control_event_end(out);
			}
			break;
		case PEER_RESOLVE_HELD:
			DBG1(DBG_CFG, "peer-resolve: %s[%u]: %s changes to and fro; stays "
				 "at %H in place of %H, until that has been so for %d times "
				 "peer-resolve.interval", peer->connection, peer->unique_id,
				 peer->remote_addrs, peer->host, peer->target,
				 PEER_RESOLVE_HOLD);
			break;
		case PEER_RESOLVE_CLIENT:
			DBG1(DBG_CFG, "peer-resolve: %s[%u]: %s is at %H now, but the peer "
				 "has connected as a client: it has to come from there",
				 peer->connection, peer->unique_id, peer->remote_addrs,
				 peer->target);
			break;
		case PEER_RESOLVE_UNUSABLE:
			DBG1(DBG_CFG, "peer-resolve: %s[%u]: %s has no address of the "
				 "family that local_addrs of the connection has; stays at %H",
				 peer->connection, peer->unique_id, peer->remote_addrs,
				 peer->host);
			break;
		default:
			break;
	}
}

void peer_resolve_tell_moved(peer_resolve_peer_t *peer, uint32_t new)
{
	control_out_t *out;

	DBG1(DBG_CFG, "peer-resolve: %s[%u]: moved from %H to %H, as IKE_SA %s[%u]",
		 peer->connection, peer->unique_id, peer->host, peer->target,
		 peer->connection, new);
	out = begin_event("moved", peer);
	if (out)
	{
		out->number(out, "replaced-by", new);
		control_event_end(out);
	}
}

void peer_resolve_tell_failed(peer_resolve_peer_t *peer, const char *reason,
							  uint32_t retry)
{
	control_out_t *out;
	char again[BUF_LEN] = "";

	if (retry)
	{
		snprintf(again, sizeof(again), "; trying again in %u seconds", retry);
	}
	DBG1(DBG_CFG, "peer-resolve: %s[%u]: can't be moved from %H to %H: %s%s",
		 peer->connection, peer->unique_id, peer->host, peer->target, reason,
		 again);
	out = begin_event("failed", peer);
	if (out)
	{
		out->value(out, "error", "%s", reason);
		control_event_end(out);
	}
}

void peer_resolve_tell_name(const char *name, const char *error)
{
	if (error)
	{
		DBG1(DBG_CFG, "peer-resolve: can't resolve %s: %s; its peers stay "
			 "where they are", name, error);
	}
	else
	{
		DBG1(DBG_CFG, "peer-resolve: %s is resolved again", name);
	}
}
