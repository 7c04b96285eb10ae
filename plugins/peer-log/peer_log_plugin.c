/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_plugin.h"
#include "peer_log_control.h"
#include "peer_log_manager.h"
#include "peer_log_settings.h"

#include <compat.h>
#include <daemon.h>
#include <threading/mutex.h>

typedef struct private_peer_log_plugin_t private_peer_log_plugin_t;

struct private_peer_log_plugin_t {
	peer_log_plugin_t public;
	options_store_t *store;
	peer_log_manager_t *manager;
	peer_log_control_t *control;
	/** one reload at a time */
	mutex_t *mutex;
};

METHOD(plugin_t, get_name, char*,
	private_peer_log_plugin_t *this)
{
	return "peer-log";
}

/**
 * Have the rules of the settings in force applied.
 */
static void load_rules(private_peer_log_plugin_t *this)
{
	peer_log_settings_t *settings = this->store->get(this->store);

	this->manager->load(this->manager, settings);
	options_unref(settings);
}

/**
 * Activate the rules, or end them.
 */
static bool plugin_cb(private_peer_log_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (reg)
	{
		this->manager = peer_log_manager_create();
		load_rules(this);
		this->control = peer_log_control_create(this->store, this->manager);
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
	private_peer_log_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "peer-log"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_peer_log_plugin_t *this)
{
	bool valid = this->store->reload(this->store);

	/* of two reloads at once the older settings aren't to come last */
	this->mutex->lock(this->mutex);
	if (this->manager && valid)
	{
		load_rules(this);
	}
	else if (this->manager)
	{	/* files are to be opened again in any case */
		this->manager->reopen(this->manager);
	}
	this->mutex->unlock(this->mutex);
	return valid;
}

METHOD(plugin_t, destroy, void,
	private_peer_log_plugin_t *this)
{
	this->store->destroy(this->store);
	this->mutex->destroy(this->mutex);
	free(this);
}

COMPAT_PLUGIN_DEFINE(peer_log, "peer-log")
{
	private_peer_log_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&peer_log_schema);
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
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public.plugin;
}
