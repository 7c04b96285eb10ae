/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_offer.h"
#include "control_settings.h"

#include <plugin.h>

/**
 * Start to serve clients.
 */
static void *start(options_store_t *store)
{
	return control_server_create(store);
}

/**
 * End it.
 */
static void stop(void *data)
{
	control_server_t *this = data;

	this->destroy(this);
}

/**
 * Listen where new settings say, unless that isn't possible.
 */
static void apply(void *data, void *settings, option_errors_t *errors)
{
	control_server_t *this = data;

	this->listen(this, settings, errors);
}

PLUGIN(control) = {
	.schema = &control_schema,
	.offer = &control_offer,
	.start = start,
	.stop = stop,
	.apply = apply,
};
