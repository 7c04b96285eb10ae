/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_settings.h
 * Settings of the plugin: charon.plugins.peer-resolve in strongswan.conf.
 */

#ifndef PEER_RESOLVE_SETTINGS_H_
#define PEER_RESOLVE_SETTINGS_H_

#include <glob_list.h>
#include <options.h>

typedef struct peer_resolve_settings_t peer_resolve_settings_t;

struct peer_resolve_settings_t {
	options_head_t head;
	/** connections whose peers are followed, NULL for none */
	glob_list_t *connections;
	/** seconds until names are resolved again */
	uint32_t interval;
};

/**
 * Are the peers of a connection followed?
 *
 * @param name			name of the connection
 */
bool peer_resolve_is_named(peer_resolve_settings_t *settings, const char *name);

/**
 * Options of charon.plugins.peer-resolve.
 */
extern const options_schema_t peer_resolve_schema;

#endif /** PEER_RESOLVE_SETTINGS_H_ */
