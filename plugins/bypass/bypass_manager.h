/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_manager.h
 * Keeps the kernel in line with the settings and the host's interfaces.
 */

#ifndef BYPASS_MANAGER_H_
#define BYPASS_MANAGER_H_

#include <options_store.h>

typedef struct bypass_manager_t bypass_manager_t;

/**
 * Thread-safe.
 */
struct bypass_manager_t {

	/**
	 * Make the kernel follow the settings now in force, and log what there is.
	 */
	void (*reload)(bypass_manager_t *this);

	/**
	 * Remove everything from the kernel and destroy a bypass_manager_t.
	 */
	void (*destroy)(bypass_manager_t *this);
};

/**
 * Apply the settings, and follow changes of interfaces from then on.
 *
 * @param store		the plugin's settings
 * @return			NULL if the kernel can't be talked to, after logging so
 */
bypass_manager_t *bypass_manager_create(options_store_t *store);

#endif /** BYPASS_MANAGER_H_ */
