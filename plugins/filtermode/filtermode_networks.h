/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_networks.h
 * Which connections have a CHILD_SA between the same networks.
 */

#ifndef FILTERMODE_NETWORKS_H_
#define FILTERMODE_NETWORKS_H_

#include "filtermode_settings.h"

typedef struct filtermode_networks_t filtermode_networks_t;

/**
 * CHILD_SAs between the same networks, without marks or interface IDs, get the
 * same reqid, whatever their connection (kernel_interface_t.alloc_reqid).
 * Not thread-safe.
 */
struct filtermode_networks_t {

	/**
	 * A CHILD_SA is there, or was changed.
	 *
	 * @param id			its unique ID
	 * @param key			its networks, see filtermode_networks_key()
	 * @param connection	name of its connection, copied
	 */
	void (*set)(filtermode_networks_t *this, uint32_t id, uint64_t key,
				const char *connection);

	/**
	 * A CHILD_SA is gone, if it was there.
	 */
	void (*remove)(filtermode_networks_t *this, uint32_t id);

	/**
	 * Find a CHILD_SA between the same networks that mode interfaces exempts.
	 *
	 * @return				name of its connection, NULL if there is none
	 */
	const char *(*find_allowed)(filtermode_networks_t *this, uint64_t key,
								filtermode_settings_t *settings);

	/**
	 * Destroy a filtermode_networks_t.
	 */
	void (*destroy)(filtermode_networks_t *this);
};

/**
 * Make networks a number, in whichever order they stand.
 *
 * @param local			of traffic_selector_t*
 * @param remote		of traffic_selector_t*
 */
uint64_t filtermode_networks_key(linked_list_t *local, linked_list_t *remote);

/**
 * Create an object without CHILD_SAs.
 */
filtermode_networks_t *filtermode_networks_create();

#endif /** FILTERMODE_NETWORKS_H_ */
