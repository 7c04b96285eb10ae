/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_kernel.h
 * Parallel instances of the kernel's algorithms, over its crypto user netlink
 * interface: unlike AF_ALG it can remove and rank what it made.
 */

#ifndef ASYNC_CRYPTO_KERNEL_H_
#define ASYNC_CRYPTO_KERNEL_H_

#include "async_crypto_names.h"

#include <linux/cryptouser.h>
#include <linux/netlink.h>

typedef struct async_crypto_alg_t async_crypto_alg_t;
typedef enum async_crypto_result_t async_crypto_result_t;

/**
 * Outcome of async_crypto_kernel_add().
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
 * An algorithm as the kernel describes it.
 */
struct async_crypto_alg_t {
	/** what it is, such as "cbc(aes)" */
	char name[CRYPTO_MAX_NAME];
	/** which implementation of that */
	char driver[CRYPTO_MAX_NAME];
	/** the highest one is used */
	uint32_t priority;
};

/**
 * Read an algorithm from a message of the crypto user interface.
 *
 * @param hdr		message, received as a whole
 * @param alg		gets the algorithm
 * @return			FALSE if it is none that can be used
 */
bool async_crypto_alg_parse(struct nlmsghdr *hdr, async_crypto_alg_t *alg);

/**
 * Does the kernel have the interface?
 *
 * @return			FALSE if not, errno is set
 */
bool async_crypto_kernel_exists(void);

/**
 * Have new users of an algorithm use a parallel instance of it. As with all
 * that follows, that may take as long as the kernel needs to load a module and
 * to test an algorithm; one call at a time.
 *
 * @param name		algorithm
 * @param driver	gets the name of the instance
 * @return			outcome
 */
async_crypto_result_t async_crypto_kernel_add(const char *name,
									char driver[ASYNC_CRYPTO_NAME_MAX]);

/**
 * Remove an instance. If it has users, new ones don't get it any more.
 *
 * @param driver	instance
 * @return			0 if it is gone, EBUSY if it has users, or errno
 */
int async_crypto_kernel_remove(const char *driver);

/**
 * Find the instances that are ours, also those of a run that was killed.
 *
 * @return			char*, names of instances, to be freed
 */
linked_list_t *async_crypto_kernel_list(void);

#endif /** ASYNC_CRYPTO_KERNEL_H_ */
