/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_plugin.h
 * Plugin that has the kernel encrypt and decrypt ESP on several CPUs.
 */

#ifndef ASYNC_CRYPTO_PLUGIN_H_
#define ASYNC_CRYPTO_PLUGIN_H_

#include <plugins/plugin.h>

typedef struct async_crypto_plugin_t async_crypto_plugin_t;

/**
 * Plugin object.
 */
struct async_crypto_plugin_t {
	plugin_t plugin;
};

#endif /** ASYNC_CRYPTO_PLUGIN_H_ */
