/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_plugin.h"
#include "strict_bind_settings.h"
#include "strict_bind_socket.h"

#include <compat.h>
#include <daemon.h>

typedef struct private_strict_bind_plugin_t private_strict_bind_plugin_t;

struct private_strict_bind_plugin_t {
	strict_bind_plugin_t public;
	options_store_t *store;
	/** owned by charon->socket once that has called the constructor */
	strict_bind_socket_t *socket;
};

/**
 * The socket for the constructor, which gets no argument.
 */
static strict_bind_socket_t *prepared;

METHOD(plugin_t, get_name, char*,
	private_strict_bind_plugin_t *this)
{
	return "strict-bind";
}

/**
 * Implementation of socket_constructor_t.
 */
static socket_t *get_socket()
{
	socket_t *socket = &prepared->socket;

	prepared = NULL;
	return socket;
}

/**
 * Does a plugin provide a socket?
 */
static bool provides_socket(plugin_t *plugin)
{
	plugin_feature_t *features;
	int count, i;

	count = plugin->get_features(plugin, &features);
	for (i = 0; i < count; i++)
	{
		if (features[i].kind == FEATURE_PROVIDE &&
			features[i].type == FEATURE_CUSTOM &&
			streq(features[i].arg.custom, "socket"))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Find another plugin with a socket, whether it was asked for it yet or not.
 */
static bool has_rival(private_strict_bind_plugin_t *this)
{
	enumerator_t *enumerator;
	plugin_t *plugin;
	linked_list_t *loaded;
	bool found = FALSE;
	char *name;

	enumerator = lib->plugins->create_plugin_enumerator(lib->plugins);
	while (enumerator->enumerate(enumerator, &plugin, &loaded))
	{
		loaded->destroy(loaded);
		name = plugin->get_name(plugin);
		if (plugin != &this->public.plugin && provides_socket(plugin))
		{
			DBG1(DBG_NET, "strict-bind: not started, as %s is loaded, too, "
				 "which binds any address; set %s.plugins.%s.load = no", name,
				 lib->ns, name);
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Register the socket, or take it back.
 */
static bool plugin_cb(private_strict_bind_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	if (!reg)
	{
		this->socket = NULL;
		charon->socket->remove_socket(charon->socket, get_socket);
		return TRUE;
	}
	if (has_rival(this))
	{
		return FALSE;
	}
	prepared = strict_bind_socket_create(this->store);
	if (!prepared)
	{
		return FALSE;
	}
	this->socket = prepared;
	charon->socket->add_socket(charon->socket, get_socket);
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_strict_bind_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "socket"),
				PLUGIN_SDEPEND(CUSTOM, "kernel-ipsec"),
				PLUGIN_SDEPEND(CUSTOM, "kernel-net"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_strict_bind_plugin_t *this)
{
	if (!this->store->reload(this->store))
	{
		return FALSE;
	}
	if (this->socket)
	{
		this->socket->reload(this->socket);
	}
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_strict_bind_plugin_t *this)
{
	this->store->destroy(this->store);
	free(this);
}

COMPAT_PLUGIN_DEFINE(strict_bind, "strict-bind")
{
	private_strict_bind_plugin_t *this;
	options_store_t *store;

	store = options_store_create(&strict_bind_schema);
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
