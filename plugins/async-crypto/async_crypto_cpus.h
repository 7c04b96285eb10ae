/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_cpus.h
 * Lists of CPUs, as "0-3,6", and the kernel's masks.
 */

#ifndef ASYNC_CRYPTO_CPUS_H_
#define ASYNC_CRYPTO_CPUS_H_

#include <library.h>

/**
 * Number of CPUs that a list can have.
 */
#define ASYNC_CRYPTO_CPUS_MAX 1024

/**
 * Size of a mask's text: eight digits and a comma for 32 CPUs.
 */
#define ASYNC_CRYPTO_MASK_LEN (ASYNC_CRYPTO_CPUS_MAX / 32 * 9 + 1)

typedef struct async_crypto_cpus_t async_crypto_cpus_t;

/**
 * A set of CPUs.
 */
struct async_crypto_cpus_t {
	/** as it was written, valid for as long as that is */
	const char *list;
	/** least significant first */
	uint32_t words[ASYNC_CRYPTO_CPUS_MAX / 32];
};

/**
 * Parse a list.
 *
 * @param list		list as the kernel writes it, too: "0-3,6", blanks allowed
 * @param cpus		gets the set
 * @return			FALSE if it is none, or is empty
 */
bool async_crypto_cpus_parse(const char *list, async_crypto_cpus_t *cpus);

/**
 * Are all of these among others?
 *
 * @param cpus		set
 * @param all		other set
 * @return			TRUE if so
 */
bool async_crypto_cpus_within(const async_crypto_cpus_t *cpus,
							  const async_crypto_cpus_t *all);

/**
 * Write a set as a mask, as in /sys/kernel/pcrypt.
 *
 * @param cpus		set
 * @param mask		gets hexadecimal groups: "00000001,0000000f"
 */
void async_crypto_cpus_mask(const async_crypto_cpus_t *cpus,
							char mask[ASYNC_CRYPTO_MASK_LEN]);

#endif /** ASYNC_CRYPTO_CPUS_H_ */
