/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_names.h
 * The kernel's names of ESP algorithms.
 */

#ifndef ASYNC_CRYPTO_NAMES_H_
#define ASYNC_CRYPTO_NAMES_H_

#include <collections/linked_list.h>
#include <crypto/proposal/proposal.h>

/**
 * Longest name the kernel's crypto user interface takes, with its end.
 */
#define ASYNC_CRYPTO_NAME_MAX 64

/**
 * Largest number of algorithms that are made parallel.
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
 * Add the names of everything that can come out of a proposal, unless they
 * are there already. Algorithms that the kernel doesn't have a name for, and
 * proposals for other protocols, add nothing.
 *
 * @param names		char*, gets new ones, ASYNC_CRYPTO_NAMES_MAX at most
 * @param proposal	proposal of a CHILD_SA
 */
void async_crypto_names_add(linked_list_t *names, proposal_t *proposal);

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
