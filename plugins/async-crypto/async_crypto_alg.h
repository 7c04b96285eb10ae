/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_alg.h
 * An algorithm as the kernel describes it.
 */

#ifndef ASYNC_CRYPTO_ALG_H_
#define ASYNC_CRYPTO_ALG_H_

#include <library.h>

#include <linux/cryptouser.h>
#include <linux/netlink.h>

typedef struct async_crypto_alg_t async_crypto_alg_t;

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

#endif /** ASYNC_CRYPTO_ALG_H_ */
