/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_offer.h"
#include "peer_log_settings.h"

#include <plugin.h>

/**
 * Activate the rules.
 */
static void *start(options_store_t *store)
{
	return peer_log_manager_create(store);
}

/**
 * End them.
 */
static void stop(void *data)
{
	peer_log_manager_t *this = data;

	this->destroy(this);
}

/**
 * Activate new ones.
 */
static void reloaded(void *data)
{
	peer_log_manager_t *this = data;

	this->load(this);
}

/**
 * Files are to be opened again in any case.
 */
static void kept(void *data)
{
	peer_log_manager_t *this = data;

	this->reopen(this);
}

PLUGIN(peer_log) = {
	.schema = &peer_log_schema,
	.offer = &peer_log_offer,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
	.kept = kept,
};
