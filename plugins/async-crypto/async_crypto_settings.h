/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_settings.h
 * Settings of the plugin: charon.plugins.async-crypto in strongswan.conf.
 */

#ifndef ASYNC_CRYPTO_SETTINGS_H_
#define ASYNC_CRYPTO_SETTINGS_H_

#include "async_crypto_cpus.h"

#include <options.h>
#include <collections/linked_list.h>

typedef struct async_crypto_settings_t async_crypto_settings_t;

struct async_crypto_settings_t {
	options_head_t head;
	/** "auto", "off", or a list of the kernel's names */
	char *algorithms;
	/** char*, the names, none if it is "off", NULL if SAs decide */
	linked_list_t *names;
	/** lists of CPUs, or NULL to leave them as they are */
	char *parallel_cpus;
	char *serial_cpus;
	/** the same, without a list if it is NULL */
	async_crypto_cpus_t parallel;
	async_crypto_cpus_t serial;
};

/**
 * Options of charon.plugins.async-crypto.
 */
extern const options_schema_t async_crypto_schema;

#endif /** ASYNC_CRYPTO_SETTINGS_H_ */
