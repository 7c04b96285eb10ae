/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check_options.h
 * The options that are set of plugins that are loaded.
 */

#ifndef CHECK_OPTIONS_H_
#define CHECK_OPTIONS_H_

#include "check_conf.h"

#include <options.h>

/**
 * Called for an option.
 *
 * @param plugin		its name
 * @param path			path of the option in the file
 * @param key			the part of it within the plugin's section
 * @param value			its value
 */
typedef void (*check_option_t)(void *data, const option_t *option,
							   const char *plugin, const char *path,
							   const char *key, const char *value);

/**
 * Call a function for each option that is set of our plugins that the likely
 * daemon loads.
 *
 * @param data			passed to it
 */
void check_options(check_conf_t *conf, check_option_t check, void *data);

#endif /** CHECK_OPTIONS_H_ */
