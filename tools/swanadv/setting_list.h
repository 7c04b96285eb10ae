/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_list.h
 * All settings: what the files say about each, and what it accepts.
 */

#ifndef SETTING_LIST_H_
#define SETTING_LIST_H_

#include "print.h"

/**
 * Print settings: options of our plugins, and those of the page that are
 * charon's own.
 *
 * @param file		strongswan.conf, with swanctl.conf beside it
 * @param pattern	pattern of keys, or a part of them; NULL for all
 * @param json		print JSON
 * @param verbose	all that is known of each, not only its value
 * @return			FALSE if it isn't possible, after saying so
 */
bool setting_list(const char *file, const char *pattern, bool json,
				  bool verbose);

#endif /** SETTING_LIST_H_ */
