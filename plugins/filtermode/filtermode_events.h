/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_events.h
 * What is logged about the table, and what clients of control are told:
 * doc/control.md.
 */

#ifndef FILTERMODE_EVENTS_H_
#define FILTERMODE_EVENTS_H_

#include "filtermode_settings.h"

#include <log_limiter.h>
#include <sa/ike_sa.h>

/**
 * Tell clients of control what happened to the table.
 *
 * @param type			"installed", "changed", "removed", "reinstalled" or
 *						"lost"
 * @param settings		settings it is of
 * @param who			who changed it, NULL if nobody did or that isn't known
 * @param reason		why it couldn't be installed, or NULL
 */
void filtermode_tell_table(const char *type, filtermode_settings_t *settings,
						   const char *who, const char *reason);

/**
 * Tell clients of control about a CHILD_SA.
 *
 * @param type			"blocked" or "refused"
 */
void filtermode_tell_child(const char *type, ike_sa_t *ike_sa,
						   child_sa_t *child_sa);

/**
 * Settings are in force.
 *
 * @param tun			device of ESP in userspace, NULL if there is none
 * @param before		whether there was a table before
 */
void filtermode_events_applied(filtermode_settings_t *settings, const char *tun,
							   bool before);

/**
 * Get what can't be done with ESP in userspace, where one device has the
 * packets of all CHILD_SAs.
 *
 * @return				NULL if the settings don't want it
 */
const char *filtermode_events_userspace(filtermode_settings_t *settings);

/**
 * Get what is to be said if the kernel has packets wait until there is a
 * CHILD_SA for them. Reads a file: not for bus hooks.
 *
 * @return				NULL if it doesn't, or nothing is filtered anyway
 */
const char *filtermode_events_kept(filtermode_settings_t *settings);

/**
 * The table was installed again.
 *
 * @param who			who had changed it, NULL if that isn't known
 */
void filtermode_events_repaired(filtermode_settings_t *settings,
								log_limiter_t *limiter, const char *who);

/**
 * The table couldn't be installed again.
 *
 * @param who			who had changed it, NULL if that isn't known
 * @param first			whether this is the first attempt
 */
void filtermode_events_lost(filtermode_settings_t *settings,
							log_limiter_t *limiter, const char *who,
							const char *reason, bool first);

#endif /** FILTERMODE_EVENTS_H_ */
