/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_offer.h"
#include "async_crypto_settings.h"

#include <plugin.h>

/**
 * Start with the kernel's algorithms.
 */
static void *start(options_store_t *store)
{
	return async_crypto_manager_create(store);
}

/**
 * Undo it all.
 */
static void stop(void *data)
{
	async_crypto_manager_t *this = data;

	this->destroy(this);
}

/**
 * Look at new settings.
 */
static void reloaded(void *data)
{
	async_crypto_manager_t *this = data;

	this->reload(this);
}

PLUGIN(async_crypto) = {
	.schema = &async_crypto_schema,
	.offer = &async_crypto_offer,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
