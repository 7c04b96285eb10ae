/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check.h
 * Validates a file without a daemon, with the plugins' own option tables.
 */

#ifndef CHECK_H_
#define CHECK_H_

#include <library.h>

/**
 * Check a strongswan.conf, or the snippet of a plugin, and complain about
 * each error: "file:line: plugin: key = "value": message".
 *
 * @param file			path of the file
 * @param json			TRUE to print nothing if it is valid
 * @return				TRUE if it is valid
 */
bool check_file(const char *file, bool json);

#endif /** CHECK_H_ */
