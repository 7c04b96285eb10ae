/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_subnet.h
 * Networks in UNITY_SPLIT_INCLUDE and UNITY_LOCAL_LAN.
 *
 * An entry is an IPv4 address, a mask and six bytes that Cisco's clients take
 * for protocol, source and destination port. Some senders leave these off at
 * the last or only entry, which vpnc doesn't accept.
 */

#ifndef UNITY_EXT_SUBNET_H_
#define UNITY_EXT_SUBNET_H_

#include <library.h>
#include <collections/array.h>

/**
 * Bytes of an entry.
 */
#define UNITY_EXT_SUBNET_LEN 14

/**
 * Bytes of an entry without protocol and ports.
 */
#define UNITY_EXT_SUBNET_SHORT 8

/**
 * Largest number of networks that are accepted from a peer: each of them may
 * become a policy.
 */
#define UNITY_EXT_SUBNETS_MAX 1024

/**
 * Write networks as entries.
 *
 * @param subnets	traffic_selector_t, of which only the addresses are used
 * @param skip_v6	leave networks of IPv6 out
 * @param out		entries, allocated
 * @return			FALSE if one isn't an IPv4 network, out isn't set then
 */
bool unity_ext_subnets_encode(linked_list_t *subnets, bool skip_v6,
							  chunk_t *out);

/**
 * Add networks as IKEv2 has them, an INTERNAL_IP4_SUBNET or
 * INTERNAL_IP6_SUBNET (RFC 7296) for each.
 *
 * @param subnets	traffic_selector_t, of which only the addresses are used
 * @param attrs		array of unity_ext_attr_t
 * @return			FALSE if one isn't a network
 */
bool unity_ext_subnets_add(linked_list_t *subnets, array_t *attrs);

/**
 * Check entries, and write each network once, in full length, with host bits
 * and what follows the mask cleared.
 *
 * @param data		entries from a peer or another source of attributes
 * @param out		entries, allocated, if they are valid
 * @return			NULL if they are, else what is wrong, static
 */
const char *unity_ext_subnets_normalize(chunk_t data, chunk_t *out);

#endif /** UNITY_EXT_SUBNET_H_ */
