/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_connections.h"
#include "bypass_offer.h"

#include <plugin.h>

/**
 * Say so if stock bypass-lan does what lan does, too.
 */
static void check_rival(options_store_t *store)
{
	bypass_settings_t *settings = store->get(store);

	if (bypass_has_rival(settings))
	{
		DBG1(DBG_CFG, "bypass: " BYPASS_RIVAL, lib->ns);
	}
	options_unref(settings);
}

/**
 * Put the settings in force.
 */
static void *start(options_store_t *store)
{
	bypass_manager_t *manager = bypass_manager_create(store);
	bypass_t *this;

	if (!manager)
	{
		return NULL;
	}
	INIT(this,
		.store = store,
		.manager = manager,
		.connections = bypass_connections_create(manager),
	);
	check_rival(store);
	return this;
}

/**
 * Remove what is in force.
 */
static void stop(void *data)
{
	bypass_t *this = data;

	this->connections->destroy(this->connections);
	this->manager->destroy(this->manager);
	free(this);
}

/**
 * Put new settings in force.
 */
static void reloaded(void *data)
{
	bypass_t *this = data;

	this->manager->reload(this->manager);
	check_rival(this->store);
}

PLUGIN(bypass) = {
	.schema = &bypass_schema,
	.offer = &bypass_offer,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
