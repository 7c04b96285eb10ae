/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_notices.h
 * What is logged about the table, and told to clients of control.
 */

#ifndef FILTERMODE_NOTICES_H_
#define FILTERMODE_NOTICES_H_

#include "filtermode_settings.h"

#include <log_limiter.h>

/**
 * Settings are in force.
 *
 * @param tun			device of ESP in userspace, NULL if there is none
 * @param before		whether there was a table before
 */
void filtermode_notice_applied(filtermode_settings_t *settings, const char *tun,
							   bool before);

/**
 * Get what can't be done with ESP in userspace, where one device has the
 * packets of all CHILD_SAs.
 *
 * @return				NULL if the settings don't want it
 */
const char *filtermode_notice_userspace(filtermode_settings_t *settings);

/**
 * Get what is to be said if the kernel has packets wait until there is a
 * CHILD_SA for them. Reads a file: not for bus hooks.
 *
 * @return				NULL if it doesn't, or nothing is filtered anyway
 */
const char *filtermode_notice_kept(filtermode_settings_t *settings);

/**
 * The table was installed again.
 *
 * @param who			who had changed it, NULL if that isn't known
 */
void filtermode_notice_repaired(filtermode_settings_t *settings,
								log_limiter_t *limiter, const char *who);

/**
 * The table couldn't be installed again.
 *
 * @param who			who had changed it, NULL if that isn't known
 * @param first			whether this is the first attempt
 */
void filtermode_notice_lost(filtermode_settings_t *settings,
							log_limiter_t *limiter, const char *who,
							const char *reason, bool first);

#endif /** FILTERMODE_NOTICES_H_ */
