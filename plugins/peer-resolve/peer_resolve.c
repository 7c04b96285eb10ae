/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_manager.h"
#include "peer_resolve_offer.h"
#include "peer_resolve_settings.h"

#include <plugin.h>

/**
 * Implementation of plugin_desc_t.start.
 */
static void *start(options_store_t *store)
{
	return peer_resolve_manager_create(store);
}

/**
 * Implementation of plugin_desc_t.stop.
 */
static void stop(void *data)
{
	peer_resolve_manager_t *this = data;

	this->destroy(this);
}

/**
 * Implementation of plugin_desc_t.reloaded: other peers may be followed.
 */
static void reloaded(void *data)
{
	peer_resolve_manager_t *this = data;

	this->resolve(this);
}

PLUGIN(peer_resolve) = {
	.schema = &peer_resolve_schema,
	.offer = &peer_resolve_offer,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
