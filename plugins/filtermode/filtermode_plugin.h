/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_plugin.h
 * Plugin that decides where IPsec traffic is filtered.
 */

#ifndef FILTERMODE_PLUGIN_H_
#define FILTERMODE_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct filtermode_plugin_t filtermode_plugin_t;

struct filtermode_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** FILTERMODE_PLUGIN_H_ */
