/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_listener.h"
#include "accounting_offer.h"
#include "accounting_settings.h"

#include <daemon.h>
#include <plugin.h>

/**
 * Implementation of plugin_desc_t.start.
 */
static void *start(options_store_t *store)
{
	accounting_listener_t *this = accounting_listener_create(store);

	charon->bus->add_listener(charon->bus, &this->listener);
	return this;
}

/**
 * Implementation of plugin_desc_t.stop.
 */
static void stop(void *data)
{
	accounting_listener_t *this = data;

	charon->bus->remove_listener(charon->bus, &this->listener);
	this->destroy(this);
}

/**
 * Implementation of plugin_desc_t.apply.
 */
static void apply(void *data, void *config, option_errors_t *errors)
{
	accounting_listener_t *this = data;

	this->writer->apply(this->writer, config, errors);
}

/**
 * Implementation of plugin_desc_t.reloaded, and kept: the file may have been
 * renamed in any case.
 */
static void reopen(void *data)
{
	accounting_listener_t *this = data;

	this->writer->reopen(this->writer);
}

PLUGIN(accounting) = {
	.schema = &accounting_schema,
	.offer = &accounting_offer,
	.start = start,
	.stop = stop,
	.apply = apply,
	.reloaded = reopen,
	.kept = reopen,
};
