/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file check.h
 * Validates a file without a daemon, with the plugins' own option tables.
 */

#ifndef CHECK_H_
#define CHECK_H_

#include "check_conf.h"

/**
 * Exit status of a check, the worst counts.
 */
enum {
	CHECK_VALID = 0,
	CHECK_INVALID = 1,
	CHECK_UNREADABLE = 2,
};

/**
 * Check a strongswan.conf, with the connections beside it, or the snippet of a
 * plugin, and print a line for each error: "file:line: plugin: key = "value":
 * message", then one for each warning.
 *
 * @param file			path of the file
 * @param json			TRUE to print them as JSON instead
 * @return				exit status
 */
int check_file(const char *file, bool json);

/**
 * Check a file that was read.
 *
 * @param conf			file, with the report that gets what is wrong
 * @return				number of sections of plugins
 */
u_int check_read(check_conf_t *conf);

#endif /** CHECK_H_ */
