/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_plugin.h
 * Plugin that sizes IKEv1's window of phase 2 exchanges and decides who may
 * send the end of main mode in clear.
 */

#ifndef IKEV1_POLICY_PLUGIN_H_
#define IKEV1_POLICY_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct ikev1_policy_plugin_t ikev1_policy_plugin_t;

struct ikev1_policy_plugin_t {

	/** implements plugin interface */
	plugin_t plugin;
};

#endif /** IKEV1_POLICY_PLUGIN_H_ */
