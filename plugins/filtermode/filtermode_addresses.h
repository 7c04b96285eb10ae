/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_addresses.h
 * Addresses that a CHILD_SA has of its peer, as nft lists elements.
 */

#ifndef FILTERMODE_ADDRESSES_H_
#define FILTERMODE_ADDRESSES_H_

#include <collections/array.h>
#include <sa/ike_sa.h>

typedef struct filtermode_addresses_t filtermode_addresses_t;

/**
 * Number of filtermode_what_t.
 */
#define FILTERMODE_WHATS 2

/**
 * Immutable.
 */
struct filtermode_addresses_t {
	refcount_t ref;
	/** by filtermode_what_t: of char*, 10.7.0.1, 10.7.0.0/24 or
	 * 10.7.0.1-10.7.0.9 */
	array_t *elements[FILTERMODE_WHATS];
};

/**
 * Get the addresses of a CHILD_SA that is installed.
 *
 * @param child_sa		NULL for virtual IPs only
 */
filtermode_addresses_t *filtermode_addresses_create(ike_sa_t *ike_sa,
													child_sa_t *child_sa);

/**
 * Create an object from lists of elements.
 *
 * @param elements		for each filtermode_what_t: of char*, adopted
 */
filtermode_addresses_t *filtermode_addresses_create_from(
										array_t *elements[FILTERMODE_WHATS]);

/**
 * Write a traffic selector's addresses as an element.
 *
 * @return				to be freed
 */
char *filtermode_addresses_print(traffic_selector_t *ts);

/**
 * Find what somebody has that an address is of.
 *
 * @param this			NULL for nothing
 * @return				element, NULL if there is none
 */
const char *filtermode_addresses_find(filtermode_addresses_t *this,
									  host_t *address);

/**
 * Get another reference, of NULL too.
 */
filtermode_addresses_t *filtermode_addresses_ref(filtermode_addresses_t *this);

/**
 * Release a reference, of NULL too.
 */
void filtermode_addresses_unref(filtermode_addresses_t *this);

#endif /** FILTERMODE_ADDRESSES_H_ */
