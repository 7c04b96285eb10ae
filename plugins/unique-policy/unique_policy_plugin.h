/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_plugin.h
 * Plugin that decides how duplicate identities are treated.
 */

#ifndef UNIQUE_POLICY_PLUGIN_H_
#define UNIQUE_POLICY_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct unique_policy_plugin_t unique_policy_plugin_t;

struct unique_policy_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** UNIQUE_POLICY_PLUGIN_H_ */
