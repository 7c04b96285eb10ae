/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_plugin.h
 * Plugin that binds charon's sockets to the addresses required, not to any.
 */

#ifndef STRICT_BIND_PLUGIN_H_
#define STRICT_BIND_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct strict_bind_plugin_t strict_bind_plugin_t;

struct strict_bind_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** STRICT_BIND_PLUGIN_H_ */
