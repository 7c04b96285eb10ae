/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_ranges.h
 * Networks of a rule as a set of addresses in nft's language.
 */

#ifndef FILTERMODE_RANGES_H_
#define FILTERMODE_RANGES_H_

#include <collections/linked_list.h>

#include <stdio.h>

/**
 * Is any of the networks of this family?
 *
 * @param networks	of traffic_selector_t*
 * @param family	AF_INET or AF_INET6
 */
bool filtermode_ranges_have(linked_list_t *networks, int family);

/**
 * Print a match against all networks of a family, of which there is one at
 * least: ip saddr { 10.1.0.0-10.1.255.255, 10.9.0.1 }
 *
 * Networks may overlap, though nft doesn't take that.
 *
 * @param networks	of traffic_selector_t*
 * @param family	AF_INET or AF_INET6
 * @param field		saddr or daddr
 */
void filtermode_ranges_print(linked_list_t *networks, int family,
							 const char *field, FILE *out);

#endif /** FILTERMODE_RANGES_H_ */
