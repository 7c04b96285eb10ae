/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_instances.h
 * What was made in the kernel, and what became of it.
 */

#ifndef ASYNC_CRYPTO_INSTANCES_H_
#define ASYNC_CRYPTO_INSTANCES_H_

#include "async_crypto_kernel.h"

typedef struct async_crypto_instances_t async_crypto_instances_t;

/**
 * Called for an algorithm that is to be parallel.
 *
 * @param data			as given to list()
 * @param name			the algorithm
 * @param result		what came of it
 */
typedef void (*async_crypto_list_t)(void *data, const char *name,
									async_crypto_result_t result);

/**
 * Makes and removes instances, and logs what it does. Not thread-safe.
 */
struct async_crypto_instances_t {

	/**
	 * Make instances of those algorithms that have none, unless that failed
	 * before.
	 *
	 * @param names		char*, algorithms
	 * @return			TRUE if some were made
	 */
	bool (*add)(async_crypto_instances_t *this, linked_list_t *names);

	/**
	 * Remove instances of all other algorithms, and forget about failures.
	 *
	 * @param names		char*, algorithms to keep
	 */
	void (*retain)(async_crypto_instances_t *this, linked_list_t *names);

	/**
	 * Remove instances that had users when that was tried last.
	 */
	void (*sweep)(async_crypto_instances_t *this);

	/**
	 * Number of instances in force.
	 */
	u_int (*get_count)(async_crypto_instances_t *this);

	/**
	 * Go through the algorithms that were tried.
	 */
	void (*list)(async_crypto_instances_t *this, async_crypto_list_t cb,
				 void *data);

	/**
	 * Remove all instances, and destroy.
	 */
	void (*destroy)(async_crypto_instances_t *this);
};

/**
 * Create an async_crypto_instances_t, which knows those that a killed run
 * left.
 *
 * @return			NULL if the kernel can't do it, which is logged
 */
async_crypto_instances_t *async_crypto_instances_create();

#endif /** ASYNC_CRYPTO_INSTANCES_H_ */
