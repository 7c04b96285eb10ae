/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_padata.h
 * The CPUs that the kernel spreads packets over, in /sys/kernel/pcrypt.
 */

#ifndef ASYNC_CRYPTO_PADATA_H_
#define ASYNC_CRYPTO_PADATA_H_

#include "async_crypto_cpus.h"

typedef struct async_crypto_padata_t async_crypto_padata_t;

/**
 * Sets the masks, and knows what they were. Not thread-safe.
 */
struct async_crypto_padata_t {

	/**
	 * Set the masks for both directions. What isn't wanted goes back to what
	 * it was. What fails is logged once.
	 *
	 * @param parallel	CPUs that en- and decrypt, NULL or without a list to
	 *					leave them as they are
	 * @param serial	same for CPUs that put packets back in order
	 */
	void (*set)(async_crypto_padata_t *this,
				const async_crypto_cpus_t *parallel,
				const async_crypto_cpus_t *serial);

	/**
	 * Restore all masks and destroy.
	 */
	void (*destroy)(async_crypto_padata_t *this);
};

/**
 * Create an async_crypto_padata_t.
 *
 * @return			object that has changed nothing yet
 */
async_crypto_padata_t *async_crypto_padata_create();

/**
 * Get the CPUs that the kernel can have.
 *
 * @param range		gets the list, empty if the kernel doesn't tell
 * @param len		size of range
 */
void async_crypto_padata_range(char *range, size_t len);

#endif /** ASYNC_CRYPTO_PADATA_H_ */
