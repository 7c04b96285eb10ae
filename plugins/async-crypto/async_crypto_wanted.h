/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_wanted.h
 * The algorithms that settings and loaded connections ask for.
 */

#ifndef ASYNC_CRYPTO_WANTED_H_
#define ASYNC_CRYPTO_WANTED_H_

#include "async_crypto_settings.h"

#include <collections/linked_list.h>

/**
 * Collect the kernel's names of all algorithms that are to be parallel.
 *
 * @param settings	settings
 * @return			char*, destroy with async_crypto_names_destroy()
 */
linked_list_t *async_crypto_wanted(async_crypto_settings_t *settings);

#endif /** ASYNC_CRYPTO_WANTED_H_ */
