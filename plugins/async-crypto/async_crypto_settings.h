/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_settings.h
 * Settings of the plugin: charon.plugins.async-crypto in strongswan.conf.
 */

#ifndef ASYNC_CRYPTO_SETTINGS_H_
#define ASYNC_CRYPTO_SETTINGS_H_

#include <options.h>

typedef struct async_crypto_settings_t async_crypto_settings_t;

struct async_crypto_settings_t {
	options_head_t head;
	/** "auto", "off", or a valid list of the kernel's names */
	char *algorithms;
	/** lists of CPUs, valid as such, or NULL to leave them as they are */
	char *parallel_cpus;
	char *serial_cpus;
};

/**
 * Options of charon.plugins.async-crypto.
 */
extern const options_schema_t async_crypto_schema;

#endif /** ASYNC_CRYPTO_SETTINGS_H_ */
