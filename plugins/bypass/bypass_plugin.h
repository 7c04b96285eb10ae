/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_plugin.h
 * Plugin that excludes local subnets and other traffic from IPsec.
 */

#ifndef BYPASS_PLUGIN_H_
#define BYPASS_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct bypass_plugin_t bypass_plugin_t;

struct bypass_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** BYPASS_PLUGIN_H_ */
