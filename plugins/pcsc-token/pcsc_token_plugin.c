/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_plugin.h"
#include "pcsc_token_control.h"
#include "pcsc_token_files.h"
#include "pcsc_token_pcscd.h"
#include "pcsc_token_settings.h"
#include "pcsc_token_manager.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_pcsc_token_plugin_t private_pcsc_token_plugin_t;

struct private_pcsc_token_plugin_t {
	pcsc_token_plugin_t public;
	options_store_t *store;
	pcsc_token_manager_t *manager;
	pcsc_token_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_pcsc_token_plugin_t *this)
{
	return "pcsc-token";
}

/**
 * Start to watch, or stop it.
 */
static bool plugin_cb(private_pcsc_token_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->manager = pcsc_token_manager_create(this->store);
		this->control = pcsc_token_control_create(this->store, this->manager);
	}
	else
	{
		this->control->destroy(this->control);
		this->manager->destroy(this->manager);
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_pcsc_token_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "pcsc-token"),
				PLUGIN_DEPENDS(CERT_DECODE, CERT_X509),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_pcsc_token_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	this->manager->reload(this->manager);
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_pcsc_token_plugin_t *this)
{
	this->store->destroy(this->store);
	pcsc_token_forget_files();
	pcsc_token_pcscd_reap();
	free(this);
}

/**
 * Have pcscd running: this is the moment, as the stock pkcs11 plugin, which
 * should come later in the list of plugins, loads its modules in its own
 * constructor, and they don't recover from its absence.
 */
static void activate(options_store_t *store)
{
	pcsc_token_settings_t *settings = store->get(store);

	if (pcsc_token_pcscd_connect() && settings->start_command)
	{
		pcsc_token_pcscd_start(settings->start_command,
							   settings->start_timeout);
	}
	options_unref(settings);
}

COMPAT_PLUGIN_DEFINE(pcsc_token, "pcsc-token")
{
	private_pcsc_token_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&pcsc_token_schema);
	if (!store)
	{
		return NULL;
	}
	activate(store);
	INIT(this,
		.public = {
			.plugin = {
				.get_name = _get_name,
				.get_features = _get_features,
				.reload = _reload,
				.destroy = _destroy,
			},
		},
		.store = store,
	);
	return &this->public.plugin;
}
