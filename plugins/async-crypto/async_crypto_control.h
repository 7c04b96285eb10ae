/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef ASYNC_CRYPTO_CONTROL_H_
#define ASYNC_CRYPTO_CONTROL_H_

#include "async_crypto_manager.h"

typedef struct async_crypto_control_t async_crypto_control_t;

struct async_crypto_control_t {

	/**
	 * Withdraw the offer and destroy an async_crypto_control_t.
	 */
	void (*destroy)(async_crypto_control_t *this);
};

/**
 * Offer a status.
 *
 * @param store			settings
 * @param manager		has to outlive it
 */
async_crypto_control_t *async_crypto_control_create(options_store_t *store,
											async_crypto_manager_t *manager);

#endif /** ASYNC_CRYPTO_CONTROL_H_ */
