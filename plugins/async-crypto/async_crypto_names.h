/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_names.h
 * The kernel's names of ESP algorithms.
 */

#ifndef ASYNC_CRYPTO_NAMES_H_
#define ASYNC_CRYPTO_NAMES_H_

#include <library.h>
#include <collections/linked_list.h>

/**
 * Longest name the kernel's crypto user interface takes, with its end.
 */
#define ASYNC_CRYPTO_NAME_MAX 64

/**
 * Largest number of algorithms in a list.
 */
#define ASYNC_CRYPTO_NAMES_MAX 64

/**
 * Split a list of names at the commas that aren't within parentheses.
 *
 * @param list		list, "rfc4106(gcm(aes)), authenc(hmac(sha256),cbc(aes))"
 * @param bad		gets the first that can't be one, to be freed, or NULL
 * @return			char*, to be freed, each once; NULL if there is a bad one
 */
linked_list_t *async_crypto_names_parse(const char *list, char **bad);

/**
 * Get the name of what an ESP SA uses. With extended sequence numbers it is
 * another one.
 *
 * @param encr		encryption_algorithm_t
 * @param integ		integrity_algorithm_t
 * @param esn		whether it has extended sequence numbers
 * @param name		gets the name
 * @return			FALSE if the kernel has none
 */
bool async_crypto_name(uint16_t encr, uint16_t integ, bool esn,
					   char name[ASYNC_CRYPTO_NAME_MAX]);

/**
 * The generator of initialization vectors that IPsec puts before an algorithm.
 *
 * @param name		name of an algorithm
 * @return			static string
 */
const char *async_crypto_names_ivgen(const char *name);

/**
 * Is a name in a list?
 *
 * @param names		char*
 * @param name		name to look for
 * @return			TRUE if it is
 */
bool async_crypto_names_contain(linked_list_t *names, const char *name);

/**
 * Destroy a list of names, with them.
 *
 * @param names		char*, or NULL
 */
void async_crypto_names_destroy(linked_list_t *names);

#endif /** ASYNC_CRYPTO_NAMES_H_ */
