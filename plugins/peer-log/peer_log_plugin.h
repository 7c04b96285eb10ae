/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_plugin.h
 * Plugin that logs a peer in detail.
 */

#ifndef PEER_LOG_PLUGIN_H_
#define PEER_LOG_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct peer_log_plugin_t peer_log_plugin_t;

struct peer_log_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** PEER_LOG_PLUGIN_H_ */
