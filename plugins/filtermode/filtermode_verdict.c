/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_verdict.h"

bool filtermode_is_named(const peer_match_t *peers,
						 const filtermode_child_t *child, bool doubt)
{
	peer_match_t known = *peers;
	peer_facts_t peer = {};

	if (child->peer)
	{
		peer = child->peer->facts;
	}
	else if (peers->ids || peers->groups)
	{
		if (!doubt)
		{
			return FALSE;
		}
		known.ids = known.groups = NULL;
	}
	peer.connection = child->connection;
	switch (peer_match(&known, &peer))
	{
		case PEER_MATCH_YES:
			return doubt || !peers->ids ||
				   !peers->ids->excludes_any(peers->ids, peer.names);
		case PEER_MATCH_NOT_ID:
			return doubt && peers->ids->matches_names(peers->ids, peer.names);
		default:
			return FALSE;
	}
}

/**
 * Does a CHILD_SA put packets into a tunnel that has no interface, unless its
 * marks are those of a VTI?
 */
static bool is_concerned(filtermode_settings_t *settings,
						 const filtermode_child_t *child)
{
	return settings->mode == FILTERMODE_INTERFACES && !child->transport &&
		   !child->if_id;
}

bool filtermode_is_exempt(filtermode_settings_t *settings,
						  const filtermode_child_t *child)
{
	return is_concerned(settings, child) &&
		   filtermode_names_peers(&settings->allow) &&
		   filtermode_is_named(&settings->allow, child, FALSE);
}

filtermode_verdict_t filtermode_verdict(filtermode_settings_t *settings,
										const filtermode_child_t *child)
{
	if (settings->mode == FILTERMODE_INTERFACES && child->userspace)
	{
		return is_concerned(settings, child) && !child->mark &&
			   !filtermode_is_exempt(settings, child)
					? FILTERMODE_BLOCKED : FILTERMODE_BLOCKED_BY_DEVICE;
	}
	if (!is_concerned(settings, child) || filtermode_is_exempt(settings, child))
	{
		return FILTERMODE_PASSES;
	}
	return child->mark ? FILTERMODE_BLOCKED_UNLESS_VTI : FILTERMODE_BLOCKED;
}
