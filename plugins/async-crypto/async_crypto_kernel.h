/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_kernel.h
 * Parallel instances of the kernel's algorithms, over its crypto user netlink
 * interface: unlike AF_ALG it can remove and rank what it made.
 */

#ifndef ASYNC_CRYPTO_KERNEL_H_
#define ASYNC_CRYPTO_KERNEL_H_

#include "async_crypto_names.h"

typedef struct async_crypto_kernel_t async_crypto_kernel_t;
typedef enum async_crypto_result_t async_crypto_result_t;

/**
 * Outcome of add().
 */
enum async_crypto_result_t {
	/** there is an instance of ours */
	ASYNC_CRYPTO_MADE,
	/** there is one that somebody else made */
	ASYNC_CRYPTO_FOREIGN,
	/** the kernel has no such algorithm */
	ASYNC_CRYPTO_UNKNOWN,
	/** the kernel has no pcrypt, or can't load it */
	ASYNC_CRYPTO_NO_PCRYPT,
	/** anything else, see errno */
	ASYNC_CRYPTO_FAILED,
};

/**
 * Connection to the kernel. Not thread-safe. Calls may take as long as the
 * kernel needs to load a module and to test an algorithm.
 */
struct async_crypto_kernel_t {

	/**
	 * Have new users of an algorithm use a parallel instance of it.
	 *
	 * @param name		algorithm
	 * @param driver	gets the name of the instance
	 * @return			outcome
	 */
	async_crypto_result_t (*add)(async_crypto_kernel_t *this, const char *name,
								 char driver[ASYNC_CRYPTO_NAME_MAX]);

	/**
	 * Remove an instance. If it has users, new ones don't get it any more.
	 *
	 * @param driver	instance
	 * @return			0 if it is gone, EBUSY if it has users, or errno
	 */
	int (*remove)(async_crypto_kernel_t *this, const char *driver);

	/**
	 * Find the instances that are ours, also those of a run that was killed.
	 *
	 * @return			char*, names of instances, to be freed
	 */
	linked_list_t *(*list)(async_crypto_kernel_t *this);

	/**
	 * Destroy an async_crypto_kernel_t.
	 */
	void (*destroy)(async_crypto_kernel_t *this);
};

/**
 * Open the connection.
 *
 * @return			NULL if the kernel has no such interface, errno is set
 */
async_crypto_kernel_t *async_crypto_kernel_create();

#endif /** ASYNC_CRYPTO_KERNEL_H_ */
