/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_runtime.h
 * Rules that were added at run time, an array of bypass_request_t*.
 */

#ifndef BYPASS_RUNTIME_H_
#define BYPASS_RUNTIME_H_

#include "bypass_settings.h"

/**
 * Most rules that may be added at run time.
 */
#define BYPASS_RUNTIME_MAX 1000

/**
 * Add a rule, unless there are too many or there is one of this name.
 *
 * @param rules		array of rules
 * @param request	rule to add, referenced if it is
 * @param settings	settings in force, whose names aren't free
 * @param errors	gets why it wasn't added
 * @return			TRUE if it was
 */
bool bypass_runtime_add(array_t *rules, bypass_request_t *request,
						bypass_settings_t *settings, option_errors_t *errors);

/**
 * Delete a rule.
 *
 * @param rules		array of rules
 * @param name		name of the rule, may be the rule's own
 * @param settings	settings in force
 * @param errors	gets why it wasn't deleted
 * @return			TRUE if it was
 */
bool bypass_runtime_delete(array_t *rules, const char *name,
						   bypass_settings_t *settings,
						   option_errors_t *errors);

/**
 * Destroy an array of rules.
 */
void bypass_runtime_destroy(array_t *rules);

#endif /** BYPASS_RUNTIME_H_ */
