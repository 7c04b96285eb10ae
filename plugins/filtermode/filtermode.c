/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_offer.h"

#include <daemon.h>
#include <plugin.h>

/**
 * Put the rules in force and follow CHILD_SAs.
 */
static void *start(options_store_t *store)
{
	filtermode_manager_t *manager = filtermode_manager_create(store);
	filtermode_t *this;

	if (!manager)
	{
		return NULL;
	}
	INIT(this,
		.store = store,
		.manager = manager,
		.listener = filtermode_listener_create(manager),
	);
	charon->bus->add_listener(charon->bus, &this->listener->listener);
	this->connections = filtermode_connections_create(manager);
	this->provider = filtermode_provider_create(manager);
	return this;
}

/**
 * Stop that.
 */
static void stop(void *data)
{
	filtermode_t *this = data;

	this->provider->destroy(this->provider);
	charon->bus->remove_listener(charon->bus, &this->listener->listener);
	this->connections->destroy(this->connections);
	this->listener->destroy(this->listener);
	this->manager->destroy(this->manager);
	free(this);
}

/**
 * Put new settings in force, unless nftables refuses them.
 */
static void apply(void *data, void *settings, option_errors_t *errors)
{
	filtermode_t *this = data;

	this->manager->apply(this->manager, settings, errors);
}

PLUGIN(filtermode) = {
	.schema = &filtermode_schema,
	.offer = &filtermode_offer,
	.start = start,
	.stop = stop,
	.apply = apply,
};
