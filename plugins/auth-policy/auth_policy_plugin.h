/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_plugin.h
 * Plugin that decides what has to be known about certificates of peers.
 */

#ifndef AUTH_POLICY_PLUGIN_H_
#define AUTH_POLICY_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct auth_policy_plugin_t auth_policy_plugin_t;

struct auth_policy_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** AUTH_POLICY_PLUGIN_H_ */
