/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hello_offer.h"
#include "hello_settings.h"

#include <daemon.h>
#include <plugin.h>

/**
 * Say it.
 */
static void *start(options_store_t *store)
{
	hello_settings_t *settings = store->get(store);

	DBG1(DBG_CFG, "hello: %s", settings->greeting);
	options_unref(settings);
	return store;
}

/**
 * Say no more.
 */
static void stop(void *data)
{
	DBG1(DBG_CFG, "hello: bye");
}

PLUGIN(hello) = {
	.schema = &hello_schema,
	.offer = &hello_offer,
	.start = start,
	.stop = stop,
};
