/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_plugin.h"
#include "control_server.h"
#include "control_settings.h"

#include <compat.h>
#include <options_store.h>

typedef struct private_control_plugin_t private_control_plugin_t;

struct private_control_plugin_t {
	control_plugin_t public;
	options_store_t *store;
	control_server_t *server;
};

METHOD(plugin_t, get_name, char*,
	private_control_plugin_t *this)
{
	return "control";
}

/**
 * Start to serve clients, or end it.
 */
static bool plugin_cb(private_control_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->server = control_server_create(this->store);
		return this->server != NULL;
	}
	this->server->destroy(this->server);
	this->server = NULL;
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_control_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "control"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_control_plugin_t *this)
{
	return this->store->reload(this->store) &&
		   this->server->reload(this->server);
}

METHOD(plugin_t, destroy, void,
	private_control_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(control, "control")
{
	private_control_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&control_schema);
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
