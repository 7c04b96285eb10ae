/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_plugin.h"
#include "filtermode_connections.h"
#include "filtermode_control.h"
#include "filtermode_listener.h"
#include "filtermode_manager.h"
#include "filtermode_settings.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_filtermode_plugin_t private_filtermode_plugin_t;

struct private_filtermode_plugin_t {
	filtermode_plugin_t public;
	options_store_t *store;
	filtermode_manager_t *manager;
	filtermode_listener_t *listener;
	connection_watch_t *connections;
	filtermode_control_t *control;
};

METHOD(plugin_t, get_name, char*,
	private_filtermode_plugin_t *this)
{
	return "filtermode";
}

/**
 * Put the rules in force and follow CHILD_SAs, or stop that.
 */
static bool plugin_cb(private_filtermode_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->manager = filtermode_manager_create(this->store);
		if (!this->manager)
		{
			return FALSE;
		}
		this->listener = filtermode_listener_create(this->manager);
		charon->bus->add_listener(charon->bus, &this->listener->listener);
		this->connections = filtermode_connections_create(this->manager);
		this->control = filtermode_control_create(this->store, this->manager,
												  this->listener,
												  this->connections);
	}
	else
	{
		charon->bus->remove_listener(charon->bus, &this->listener->listener);
		this->control->destroy(this->control);
		this->connections->destroy(this->connections);
		this->listener->destroy(this->listener);
		this->manager->destroy(this->manager);
		this->manager = NULL;
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_filtermode_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "filtermode"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_filtermode_plugin_t *this)
{
	char reason[BUF_LEN];

	return this->store->reload(this->store) &&
		   this->manager->reload(this->manager, reason, sizeof(reason));
}

METHOD(plugin_t, destroy, void,
	private_filtermode_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(filtermode, "filtermode")
{
	private_filtermode_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&filtermode_schema);
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
