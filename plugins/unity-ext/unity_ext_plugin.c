/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_plugin.h"
#include "unity_ext_control.h"
#include "unity_ext_dns.h"
#include "unity_ext_manager.h"
#include "unity_ext_settings.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_unity_ext_plugin_t private_unity_ext_plugin_t;

struct private_unity_ext_plugin_t {
	unity_ext_plugin_t public;
	options_store_t *store;
	unity_ext_dns_t *dns;
	unity_ext_manager_t *manager;
	unity_ext_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_unity_ext_plugin_t *this)
{
	return "unity-ext";
}

/**
 * Register everything, or take it off.
 */
static bool plugin_cb(private_unity_ext_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->dns = unity_ext_dns_create(this->store);
		this->manager = unity_ext_manager_create(this->store, this->dns);
		charon->bus->add_listener(charon->bus, &this->manager->listener);
		charon->attributes->add_handler(charon->attributes,
										&this->manager->handler);
		this->control = unity_ext_control_create(this->store, this->dns);
	}
	else
	{
		charon->attributes->remove_handler(charon->attributes,
										   &this->manager->handler);
		charon->bus->remove_listener(charon->bus, &this->manager->listener);
		this->control->destroy(this->control);
		this->manager->destroy(this->manager);
		this->dns->destroy(this->dns);
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_unity_ext_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "unity-ext"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_unity_ext_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	this->manager->reload(this->manager);
	this->dns->reload(this->dns);
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_unity_ext_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(unity_ext, "unity-ext")
{
	private_unity_ext_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&unity_ext_schema);
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
