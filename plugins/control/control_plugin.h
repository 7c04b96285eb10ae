/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_plugin.h
 * Plugin that gives operators access to what other plugins offer.
 */

#ifndef CONTROL_PLUGIN_H_
#define CONTROL_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct control_plugin_t control_plugin_t;

struct control_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** CONTROL_PLUGIN_H_ */
