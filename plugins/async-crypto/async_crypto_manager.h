/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_manager.h
 * Keeps the kernel's parallel instances in line with settings and connections.
 */

#ifndef ASYNC_CRYPTO_MANAGER_H_
#define ASYNC_CRYPTO_MANAGER_H_

#include "async_crypto_instances.h"

#include <options_store.h>

typedef struct async_crypto_manager_t async_crypto_manager_t;

/**
 * Works in a thread of its own, as the kernel may take its time. Thread-safe.
 */
struct async_crypto_manager_t {

	/**
	 * Have the settings in force looked at, after a reload.
	 */
	void (*reload)(async_crypto_manager_t *this);

	/**
	 * Make what an SA is about to use parallel, if connections decide about
	 * that. Waits for the kernel.
	 *
	 * @param proposal	the algorithms of the SA
	 */
	void (*prepare)(async_crypto_manager_t *this, proposal_t *proposal);

	/**
	 * Go through the algorithms that are to be parallel. Waits while the
	 * kernel is at work.
	 *
	 * @return			FALSE if it is done elsewhere, or the kernel has no
	 *					interface for it
	 */
	bool (*list)(async_crypto_manager_t *this, async_crypto_list_t cb,
				 void *data);

	/**
	 * Is it another daemon in this network namespace that makes algorithms
	 * parallel? They are the whole kernel's, so that one has to do it alone.
	 *
	 * @param holder	set to its process if so
	 */
	bool (*is_elsewhere)(async_crypto_manager_t *this, pid_t *holder);

	/**
	 * Remove what was made, and destroy.
	 */
	void (*destroy)(async_crypto_manager_t *this);
};

/**
 * Create an async_crypto_manager_t. Algorithms that are listed are made
 * parallel before this returns.
 *
 * @param store		settings, not owned
 * @return			object; without what it needs of the kernel, it logs so
 */
async_crypto_manager_t *async_crypto_manager_create(options_store_t *store);

#endif /** ASYNC_CRYPTO_MANAGER_H_ */
