/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_domain.h
 * Domain names, from the configuration and from peers.
 *
 * What passes here is made of letters, digits, hyphens, underscores and dots
 * only, so it is safe in a resolver's file, in an environment and in a log.
 */

#ifndef UNITY_EXT_DOMAIN_H_
#define UNITY_EXT_DOMAIN_H_

#include <collections/array.h>
#include <library.h>

/**
 * Longest domain name in presentation format without the final dot, RFC 1035.
 */
#define UNITY_EXT_DOMAIN_MAX 253

/**
 * Largest number of domain names in a list: what a resolver takes for a link
 * (systemd-resolved's limit is 1024) is well above what anybody configures.
 */
#define UNITY_EXT_DOMAINS_MAX 256

/**
 * Check a domain name, and write it in lower case and without a final dot.
 *
 * Non-ASCII names have to be in their xn-- form. The root isn't accepted, it
 * would mean all names.
 *
 * @param name		name, not terminated
 * @param out		buffer of UNITY_EXT_DOMAIN_MAX + 1 bytes
 * @return			FALSE if it isn't a domain name
 */
bool unity_ext_domain_parse(chunk_t name, char *out);

/**
 * Parse a list of names, separated by commas, white space or NULs, any number
 * of them and also at the ends. A name is taken once.
 *
 * @param list		list
 * @param bad		set to the first part of list that isn't a domain name, or
 *					to what exceeds UNITY_EXT_DOMAINS_MAX; empty if all is well
 * @return			array of char*, those that are valid, release with
 *					unity_ext_domains_destroy()
 */
array_t *unity_ext_domains_parse(chunk_t list, chunk_t *bad);

/**
 * Is a name in a list?
 *
 * @param domains	array of char*, may be NULL
 * @param name		name as unity_ext_domain_parse() writes it
 * @return			TRUE if it is
 */
bool unity_ext_domains_contain(array_t *domains, const char *name);

/**
 * Join a list.
 *
 * @param domains	array of char*, may be NULL
 * @param separator	what to put between two names
 * @return			string, allocated, "" if there are none
 */
char *unity_ext_domains_join(array_t *domains, const char *separator);

/**
 * Destroy a list.
 *
 * @param domains	array of char*, or NULL
 */
void unity_ext_domains_destroy(array_t *domains);

#endif /** UNITY_EXT_DOMAIN_H_ */
