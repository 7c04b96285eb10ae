/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_offer.h"
#include "pcsc_token_files.h"
#include "pcsc_token_pcscd.h"
#include "pcsc_token_settings.h"

#include <plugin.h>

static plugin_feature_t features[] = {
	PLUGIN_START("pcsc-token"),
		PLUGIN_DEPENDS(CERT_DECODE, CERT_X509),
};

/**
 * Have pcscd running: this is the moment, as the stock pkcs11 plugin, which
 * should come later in the list of plugins, loads its modules in its own
 * constructor, and they don't recover from its absence.
 */
static void load(options_store_t *store)
{
	pcsc_token_settings_t *settings = store->get(store);

	if (pcsc_token_pcscd_connect() && settings->start_command)
	{
		pcsc_token_pcscd_start(settings->start_command,
							   settings->start_timeout);
	}
	options_unref(settings);
}

/**
 * Leave nothing in memory or to be waited for.
 */
static void unload(void)
{
	pcsc_token_forget_files();
	pcsc_token_pcscd_reap();
}

/**
 * Start to watch.
 */
static void *start(options_store_t *store)
{
	return pcsc_token_manager_create(store);
}

/**
 * Stop it.
 */
static void stop(void *data)
{
	pcsc_token_manager_t *this = data;

	this->destroy(this);
}

/**
 * Use new settings.
 */
static void reloaded(void *data)
{
	pcsc_token_manager_t *this = data;

	this->reload(this);
}

PLUGIN(pcsc_token) = {
	.schema = &pcsc_token_schema,
	.offer = &pcsc_token_offer,
	.features = features,
	.count = countof(features),
	.load = load,
	.unload = unload,
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
