/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_offer.h"
#include "strict_bind_settings.h"

#include <daemon.h>
#include <plugin.h>

static plugin_feature_t features[] = {
	PLUGIN_START("socket"),
		PLUGIN_SDEPEND(CUSTOM, "kernel-ipsec"),
		PLUGIN_SDEPEND(CUSTOM, "kernel-net"),
};

/**
 * The socket for the constructor, which gets no argument.
 */
static strict_bind_socket_t *prepared;

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
 * Register the socket, which charon owns from then on.
 */
static void *start(options_store_t *store)
{
	const char *rival = plugin_find_other("socket");
	strict_bind_socket_t *this;

	if (rival)
	{
		DBG1(DBG_NET, "strict-bind: not started, as %s is loaded, too, which "
			 "binds any address; set %s.plugins.%s.load = no", rival, lib->ns,
			 rival);
		return NULL;
	}
	this = prepared = strict_bind_socket_create(store);
	if (this)
	{
		charon->socket->add_socket(charon->socket, get_socket);
	}
	return this;
}

/**
 * Take it back.
 */
static void stop(void *data)
{
	charon->socket->remove_socket(charon->socket, get_socket);
}

/**
 * Apply new settings.
 */
static void reloaded(void *data)
{
	strict_bind_socket_t *this = data;

	this->reload(this);
}

PLUGIN(strict_bind) = {
	.schema = &strict_bind_schema,
	.offer = &strict_bind_offer,
	.features = features,
	.count = countof(features),
	.start = start,
	.stop = stop,
	.reloaded = reloaded,
};
