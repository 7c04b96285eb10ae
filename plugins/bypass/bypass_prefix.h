/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_prefix.h
 * Networks as the kernel's policies know them: an address and a length.
 */

#ifndef BYPASS_PREFIX_H_
#define BYPASS_PREFIX_H_

#include "bypass_set.h"

#include <library.h>
#include <netlink_route.h>
#include <selectors/traffic_selector.h>

#include <netinet/in.h>

typedef netlink_prefix_t bypass_prefix_t;

/**
 * Number of bits of a family's addresses.
 */
static inline u_int bypass_addr_bits(uint8_t family)
{
	return netlink_addr_size(family) * 8;
}

/**
 * Clear the bits of the address that aren't part of the network.
 *
 * @return			TRUE if one was set
 */
bool bypass_prefix_normalise(bypass_prefix_t *prefix);

/**
 * Is an address or network part of a network?
 *
 * @param prefix	network
 * @param other		address, or network at least as long
 */
bool bypass_prefix_contains(const bypass_prefix_t *prefix,
							const bypass_prefix_t *other);

/**
 * Is a network one of IPv6's link-local addresses, RFC 4291?
 */
bool bypass_prefix_is_link_local(const bypass_prefix_t *prefix);

/**
 * Split a range into the networks it consists of, lowest first. There are at
 * most 62 for IPv4 and 254 for IPv6.
 *
 * @param from		first address, with the length of a host
 * @param to		last address of the same family, not below from
 * @param out		set of bypass_prefix_t to append to
 */
void bypass_prefix_split(const bypass_prefix_t *from,
						 const bypass_prefix_t *to, bypass_set_t *out);

/**
 * Create an empty set of networks.
 */
bypass_set_t *bypass_prefix_set_create(void);

/**
 * Room for a network as text.
 */
#define BYPASS_PREFIX_LEN (INET6_ADDRSTRLEN + sizeof("/128"))

/**
 * Write a network as text: "10.1.0.0/24".
 *
 * @param out		gets it
 * @param len		room, BYPASS_PREFIX_LEN is enough
 */
void bypass_prefix_print(const bypass_prefix_t *prefix, char *out, size_t len);

/**
 * Describe a network as a traffic selector.
 *
 * @param proto		protocol, 0 for any
 * @param from		lowest port, or the ICMP type shifted left by eight bits
 * @param to		highest port
 * @return			allocated
 */
traffic_selector_t *bypass_prefix_to_ts(const bypass_prefix_t *prefix,
										uint8_t proto, uint16_t from,
										uint16_t to);

#endif /** BYPASS_PREFIX_H_ */
