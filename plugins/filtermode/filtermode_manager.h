/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_manager.h
 * Keeps the table in line with settings and CHILD_SAs, and in the kernel.
 */

#ifndef FILTERMODE_MANAGER_H_
#define FILTERMODE_MANAGER_H_

#include "filtermode_settings.h"

#include <options_store.h>

typedef struct filtermode_manager_t filtermode_manager_t;

/**
 * Thread-safe.
 */
struct filtermode_manager_t {

	/**
	 * Put the settings of the store in force.
	 *
	 * @return				FALSE if that failed, after logging why; the
	 *						previous rules and settings stay in force
	 */
	bool (*reload)(filtermode_manager_t *this);

	/**
	 * Get the settings in force. Doesn't block.
	 *
	 * @return				settings, release with options_unref()
	 */
	filtermode_settings_t *(*get_settings)(filtermode_manager_t *this);

	/**
	 * A CHILD_SA is there, or was changed. Doesn't block: sets follow in a
	 * job.
	 *
	 * @param id			its unique ID
	 * @param connection	name of its connection, copied
	 */
	void (*child_up)(filtermode_manager_t *this, uint32_t id, uint32_t reqid,
					 const char *connection, bool ipcomp);

	/**
	 * A CHILD_SA is gone. Doesn't block.
	 */
	void (*child_down)(filtermode_manager_t *this, uint32_t id);

	/**
	 * Remove the table, unless the settings say otherwise, and destroy a
	 * filtermode_manager_t.
	 */
	void (*destroy)(filtermode_manager_t *this);
};

/**
 * Put the settings in force, and watch the table from then on.
 *
 * @param store			the plugin's settings
 * @return				NULL if that failed, after logging why
 */
filtermode_manager_t *filtermode_manager_create(options_store_t *store);

#endif /** FILTERMODE_MANAGER_H_ */
