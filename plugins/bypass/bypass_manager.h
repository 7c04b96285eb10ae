/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_manager.h
 * Keeps the kernel in line with the settings and the host's interfaces.
 */

#ifndef BYPASS_MANAGER_H_
#define BYPASS_MANAGER_H_

#include "bypass_kernel.h"
#include "bypass_settings.h"

#include <options_store.h>

typedef struct bypass_manager_t bypass_manager_t;

/**
 * Thread-safe. Rules that are added at run time stay when settings are
 * reloaded, until the daemon ends.
 */
struct bypass_manager_t {

	/**
	 * Make the kernel follow the settings now in force, and log what there is.
	 */
	void (*reload)(bypass_manager_t *this);

	/**
	 * Add a rule at run time. It is in force on return.
	 *
	 * @param request	rule
	 * @param errors	gets why it isn't
	 */
	void (*add)(bypass_manager_t *this, bypass_request_t *request,
				option_errors_t *errors);

	/**
	 * Delete a rule that was added at run time.
	 *
	 * @param name		its name
	 * @param errors	gets why it isn't deleted
	 */
	void (*delete)(bypass_manager_t *this, const char *name,
				   option_errors_t *errors);

	/**
	 * Read back what is in the kernel, and get what is meant to be there.
	 *
	 * @param used		gets the time at which each of the plan's entries was
	 *					last used, in seconds since 1970, or 0; to be freed
	 * @return			plan, to be released, NULL if there is none
	 */
	bypass_plan_t *(*read)(bypass_manager_t *this, uint64_t **used);

	/**
	 * Get what is meant to be in the kernel, and what became of it.
	 *
	 * @param changes	gets what was changed since the start, and what failed
	 *					the last time
	 * @return			plan, to be released, NULL if there is none
	 */
	bypass_plan_t *(*get_plan)(bypass_manager_t *this,
							   bypass_changes_t *changes);

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
