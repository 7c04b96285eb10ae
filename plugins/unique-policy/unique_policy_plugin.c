/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_plugin.h"
#include "unique_policy_listener.h"
#include "unique_policy_settings.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_unique_policy_plugin_t private_unique_policy_plugin_t;

struct private_unique_policy_plugin_t {
	unique_policy_plugin_t public;
	options_store_t *store;
	unique_policy_listener_t *listener;
};

METHOD(plugin_t, get_name, char*,
	private_unique_policy_plugin_t *this)
{
	return "unique-policy";
}

/**
 * Add the listener to the bus, or take it off.
 */
static bool plugin_cb(private_unique_policy_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->listener = unique_policy_listener_create(this->store);
		charon->bus->add_listener(charon->bus, &this->listener->listener);
	}
	else
	{
		charon->bus->remove_listener(charon->bus, &this->listener->listener);
		this->listener->destroy(this->listener);
		this->listener = NULL;
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_unique_policy_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "unique-policy"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_unique_policy_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	this->listener->reload(this->listener);
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_unique_policy_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(unique_policy, "unique-policy")
{
	private_unique_policy_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&unique_policy_schema);
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
