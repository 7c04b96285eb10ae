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
	 * Make an instance of an algorithm if it has none, unless that failed
	 * before.
	 *
	 * @param name		algorithm
	 * @return			TRUE if one was made
	 */
	bool (*add)(async_crypto_instances_t *this, const char *name);

	/**
	 * Have instances of all other algorithms removed by sweep(), and forget
	 * about failures.
	 *
	 * @param names		char*, algorithms to keep, NULL for all
	 */
	void (*retain)(async_crypto_instances_t *this, linked_list_t *names);

	/**
	 * Remove instances that aren't wanted any more and have no users.
	 *
	 * @return			number of those that have some
	 */
	u_int (*sweep)(async_crypto_instances_t *this);

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
