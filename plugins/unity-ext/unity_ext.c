/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_offer.h"
#include "unity_ext_settings.h"

#include <daemon.h>
#include <plugin.h>

/**
 * Register everything.
 */
static void *start(options_store_t *store)
{
	unity_ext_t *this;

	INIT(this,
		.dns = unity_ext_dns_create(store),
	);
	this->manager = unity_ext_manager_create(store, this->dns);
	charon->bus->add_listener(charon->bus, &this->manager->listener);
	charon->attributes->add_handler(charon->attributes,
									&this->manager->handler);
	return this;
}

/**
 * Take it off.
 */
static void stop(void *data)
{
	unity_ext_t *this = data;

	charon->attributes->remove_handler(charon->attributes,
									   &this->manager->handler);
	charon->bus->remove_listener(charon->bus, &this->manager->listener);
	this->manager->destroy(this->manager);
	this->dns->destroy(this->dns);
	free(this);
}

/**
 * Look at new settings.
 */
static void reloaded(void *data)
{
	unity_ext_t *this = data;

	this->manager->reload(this->manager);
	this->dns->reload(this->dns);
}

PLUGIN(unity_ext) = {
	.schema = &unity_ext_schema,
	.offer = &unity_ext_offer,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
