/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_inbound.h
 * Which of the attributes that a gateway sends are taken.
 */

#ifndef UNITY_EXT_INBOUND_H_
#define UNITY_EXT_INBOUND_H_

#include <collections/array.h>
#include <glob_list.h>

/**
 * Longest banner that is taken from a gateway, in bytes; the rest is cut off.
 */
#define UNITY_EXT_BANNER_TAKEN 4096

/**
 * Shortest prefix of a network that may be excluded from the tunnel: traffic
 * to it leaves unprotected, and a gateway must not turn off all protection.
 */
#define UNITY_EXT_EXCLUDE_PREFIX 8

/**
 * Check the attributes that a gateway sent, before any plugin sees them.
 *
 * What is refused is logged at level 1, a line for each type at most. What is
 * taken is written as the rest of the plugin reads it: networks as
 * unity_ext_subnets_normalize() has them, domain names separated by commas and
 * as unity_ext_domain_parse() has them. Types that this plugin doesn't know
 * are left alone.
 *
 * @param attrs		array of unity_ext_attr_t; values are moved from there
 * @param asked		set of types that were asked for, see
 *					unity_ext_type_bit(); NULL to take all
 * @param domains	patterns of the domains to take, NULL for all of them
 * @return			array of unity_ext_attr_t
 */
array_t *unity_ext_inbound(array_t *attrs, const uint32_t *asked,
						   glob_list_t *domains);

#endif /** UNITY_EXT_INBOUND_H_ */
