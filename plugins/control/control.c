/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_offer.h"
#include "control_settings.h"

#include <plugin.h>

/**
 * End to serve clients.
 */
static void stop(void *data)
{
	control_servers_t *this = data;

	DESTROY_IF(this->readers);
	DESTROY_IF(this->main);
	free(this);
}

/**
 * Start to serve clients. Those that may only read are counted for themselves,
 * so that they don't take the place of others.
 */
static void *start(options_store_t *store)
{
	control_servers_t *this;

	INIT(this,
		.store = store,
		.main = control_server_create(store, FALSE),
		.readers = control_server_create(store, TRUE),
	);
	if (!this->main || !this->readers)
	{
		stop(this);
		return NULL;
	}
	this->main->start(this->main);
	this->readers->start(this->readers);
	return this;
}

/**
 * Listen where new settings say, unless that isn't possible.
 */
static void apply(void *data, void *settings, option_errors_t *errors)
{
	control_servers_t *this = data;
	control_settings_t *before = this->store->get(this->store);
	option_errors_t *ignored;

	this->readers->listen(this->readers, settings, errors);
	if (!errors->get_count(errors))
	{
		this->main->listen(this->main, settings, errors);
		if (errors->get_count(errors))
		{	/* all of it, or nothing */
			ignored = option_errors_create();
			this->readers->listen(this->readers, before, ignored);
			ignored->destroy(ignored);
		}
	}
	options_unref(before);
}

PLUGIN(control) = {
	.schema = &control_schema,
	.offer = &control_offer,
	.start = start,
	.stop = stop,
	.apply = apply,
};
