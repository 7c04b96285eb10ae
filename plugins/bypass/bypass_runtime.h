/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_runtime.h
 * Rules that were added at run time: each is a bypass_settings_t with one rule,
 * loaded as the file is, so that what is valid there is valid here.
 */

#ifndef BYPASS_RUNTIME_H_
#define BYPASS_RUNTIME_H_

#include "bypass_settings.h"

#include <collections/array.h>

/**
 * Most rules that may be added at run time.
 */
#define BYPASS_RUNTIME_MAX 1000

/**
 * Longest name of one.
 */
#define BYPASS_RUNTIME_NAME_MAX 100

/**
 * Load a rule from what a client sends.
 *
 * @param request	options of the rule
 * @param section	section they are in; its key "name" isn't one of them
 * @param name		name of the rule
 * @param errors	gets what is wrong
 * @return			settings with one rule, NULL if there are errors
 */
bypass_settings_t *bypass_runtime_load(settings_t *request, const char *section,
									   const char *name,
									   option_errors_t *errors);

/**
 * Name of a rule.
 *
 * @param rule		settings with one rule
 */
const char *bypass_runtime_name(bypass_settings_t *rule);

/**
 * Create an empty array of rules, bypass_settings_t*.
 */
array_t *bypass_runtime_create(void);

/**
 * Add a rule, unless there are too many or there is one of this name.
 *
 * @param rules		array of rules
 * @param rule		rule to add, adopted in any case
 * @param settings	settings in force, whose names aren't free
 * @param errors	gets why it wasn't added
 * @return			TRUE if it was
 */
bool bypass_runtime_add(array_t *rules, bypass_settings_t *rule,
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
