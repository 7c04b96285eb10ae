/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_plugin.h
 * Plugin for Cisco Unity attributes, on gateways and clients.
 */

#ifndef UNITY_EXT_PLUGIN_H_
#define UNITY_EXT_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct unity_ext_plugin_t unity_ext_plugin_t;

struct unity_ext_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** UNITY_EXT_PLUGIN_H_ */
