/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_plugin.h"
#include "bypass_connections.h"
#include "bypass_control.h"
#include "bypass_manager.h"
#include "bypass_settings.h"

#include <compat.h>

typedef struct private_bypass_plugin_t private_bypass_plugin_t;

struct private_bypass_plugin_t {
	bypass_plugin_t public;
	options_store_t *store;
	bypass_manager_t *manager;
	connection_watch_t *connections;
	bypass_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_bypass_plugin_t *this)
{
	return "bypass";
}

/**
 * Say so if stock bypass-lan does what lan does, too.
 */
static void check_rival(private_bypass_plugin_t *this)
{
	bypass_settings_t *settings = this->store->get(this->store);
	bool lan = settings->lan, found = FALSE;
	enumerator_t *enumerator;
	linked_list_t *loaded;
	plugin_t *plugin;

	options_unref(settings);
	enumerator = lib->plugins->create_plugin_enumerator(lib->plugins);
	while (enumerator->enumerate(enumerator, &plugin, &loaded))
	{
		loaded->destroy(loaded);
		found |= streq(plugin->get_name(plugin), "bypass-lan");
	}
	enumerator->destroy(enumerator);
	if (lan && found)
	{
		DBG1(DBG_CFG, "bypass: plugin bypass-lan excludes local subnets, too, "
			 "whatever bypass.lan_interfaces says; set %s.plugins.bypass-lan."
			 "load = no", lib->ns);
	}
}

/**
 * Put the settings in force, or remove what is.
 */
static bool plugin_cb(private_bypass_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->manager = bypass_manager_create(this->store);
		if (!this->manager)
		{
			return FALSE;
		}
		this->connections = bypass_connections_create(this->manager);
		this->control = bypass_control_create(this->store, this->manager,
											  this->connections);
		check_rival(this);
		return TRUE;
	}
	this->control->destroy(this->control);
	this->connections->destroy(this->connections);
	this->manager->destroy(this->manager);
	this->manager = NULL;
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_bypass_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "bypass"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_bypass_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	this->manager->reload(this->manager);
	check_rival(this);
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_bypass_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(bypass, "bypass")
{
	private_bypass_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&bypass_schema);
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
