/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_offer.h"
#include "unique_policy_settings.h"

#include <daemon.h>
#include <plugin.h>

/**
 * Implementation of plugin_desc_t.start.
 */
static void *start(options_store_t *store)
{
	unique_policy_listener_t *this = unique_policy_listener_create(store);

	charon->bus->add_listener(charon->bus, &this->listener);
	return this;
}

/**
 * Implementation of plugin_desc_t.stop.
 */
static void stop(void *data)
{
	unique_policy_listener_t *this = data;

	charon->bus->remove_listener(charon->bus, &this->listener);
	this->destroy(this);
}

/**
 * Implementation of plugin_desc_t.reloaded.
 */
static void reloaded(void *data)
{
	unique_policy_listener_t *this = data;

	this->reload(this);
}

PLUGIN(unique_policy) = {
	.schema = &unique_policy_schema,
	.offer = &unique_policy_offer,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
