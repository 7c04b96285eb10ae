/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_manager.h
 * Keeps the kernel's parallel instances in line with settings and SAs.
 */

#ifndef ASYNC_CRYPTO_MANAGER_H_
#define ASYNC_CRYPTO_MANAGER_H_

#include "async_crypto_instances.h"

#include <options_store.h>

typedef struct async_crypto_manager_t async_crypto_manager_t;

/**
 * Thread-safe. All may wait for the kernel, which may take its time.
 *
 * Has the kernel interface ask it before it adds an SA, so that the SA's
 * algorithm is parallel by then if SAs decide about that: the SA waits for it.
 */
struct async_crypto_manager_t {

	/**
	 * Go by the settings in force, after a reload.
	 */
	void (*reload)(async_crypto_manager_t *this);

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
 * Create an async_crypto_manager_t, of which there may be one at a time.
 * Algorithms that are listed are made parallel before this returns.
 *
 * @param store		settings, not owned
 * @return			object; without what it needs of the kernel, it logs so
 */
async_crypto_manager_t *async_crypto_manager_create(options_store_t *store);

#endif /** ASYNC_CRYPTO_MANAGER_H_ */
