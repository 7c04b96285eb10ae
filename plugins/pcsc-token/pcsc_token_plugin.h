/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_plugin.h
 * PKCS#11 tokens that come and go.
 */

#ifndef PCSC_TOKEN_PLUGIN_H_
#define PCSC_TOKEN_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct pcsc_token_plugin_t pcsc_token_plugin_t;

/**
 * Plugin that uses keys on smart cards while these are in a reader.
 */
struct pcsc_token_plugin_t {

	/**
	 * Implements plugin_t.
	 */
	plugin_t plugin;
};

#endif /** PCSC_TOKEN_PLUGIN_H_ */
