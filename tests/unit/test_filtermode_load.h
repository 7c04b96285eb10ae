/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_load.h
 * Settings of filtermode for its suites.
 */

#ifndef FILTERMODE_LOAD_H_
#define FILTERMODE_LOAD_H_

#include <filtermode_settings.h>

/**
 * Load settings.
 *
 * @param content	options, as in charon.plugins.filtermode
 * @param errors	gets what is wrong; NULL to fail the test if anything is
 * @return			settings, NULL if there are errors
 */
filtermode_settings_t *filtermode_load(const char *content,
									   option_errors_t *errors);

#endif /** FILTERMODE_LOAD_H_ */
