/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_peers.h
 * A list of peers by address or identity.
 */

#ifndef IKEV1_POLICY_PEERS_H_
#define IKEV1_POLICY_PEERS_H_

#include <glob_list.h>
#include <networking/host.h>
#include <option_errors.h>
#include <utils/identification.h>

typedef struct ikev1_policy_peers_t ikev1_policy_peers_t;

/**
 * Immutable.
 */
struct ikev1_policy_peers_t {

	/**
	 * Is a peer in the list, by its address or its identity?
	 *
	 * @param host		where it sends from, NULL if unknown
	 * @param id		its identity, NULL if unknown
	 */
	bool (*includes)(ikev1_policy_peers_t *this, host_t *host,
					 identification_t *id);

	/**
	 * Destroy an ikev1_policy_peers_t.
	 */
	void (*destroy)(ikev1_policy_peers_t *this);
};

/**
 * Parse a list of peers.
 *
 * An item is an address, a network, a range of addresses, an identity as in
 * swanctl.conf, also with the wildcards allowed there, or @/path/to/file for
 * items in a file. An item that is an
 * address never matches an identity of that address: what a peer calls itself
 * doesn't make it come from there.
 *
 * @param items		items, which may not be negated
 * @param errors	gets what is wrong
 * @param key		name of the option in errors
 * @return			list without the items that are wrong
 */
ikev1_policy_peers_t *ikev1_policy_peers_create(glob_list_t *items,
												option_errors_t *errors,
												const char *key);

#endif /** IKEV1_POLICY_PEERS_H_ */
