/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_plugin.h"
#include "async_crypto_control.h"
#include "async_crypto_manager.h"
#include "async_crypto_settings.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_async_crypto_plugin_t private_async_crypto_plugin_t;

struct private_async_crypto_plugin_t {
	async_crypto_plugin_t public;
	options_store_t *store;
	async_crypto_manager_t *manager;
	async_crypto_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_async_crypto_plugin_t *this)
{
	return "async-crypto";
}

/**
 * Start with the kernel's algorithms, or undo it all.
 */
static bool plugin_cb(private_async_crypto_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->manager = async_crypto_manager_create(this->store);
		this->control = async_crypto_control_create(this->store,
													this->manager);
	}
	else
	{
		this->control->destroy(this->control);
		this->manager->destroy(this->manager);
		this->manager = NULL;
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_async_crypto_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "async-crypto"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_async_crypto_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	this->manager->reload(this->manager);
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_async_crypto_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(async_crypto, "async-crypto")
{
	private_async_crypto_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&async_crypto_schema);
	if (!store)
	{
		return NULL;
	}
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
