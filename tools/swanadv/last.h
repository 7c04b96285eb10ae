/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file last.h
 * Who was connected, from the records of the plugin accounting.
 */

#ifndef LAST_H_
#define LAST_H_

#include "session.h"

typedef struct last_t last_t;

/**
 * What to show.
 */
struct last_t {
	format_t format;
	/** logins that were refused, in place of sessions */
	bool refused;
	/** whose, an identity or an address, NULL for all */
	const char *who;
	/** how many at most, 0 for all */
	u_int count;
	/** a file to read alone, NULL for the plugin's, and what has become of it
	 * as FILE.1 and so on */
	const char *file;
};

/**
 * Print sessions, those that began last first.
 *
 * @return			FALSE if a file can't be read, or there is none, after
 *					saying so
 */
bool last(const last_t *what);

#endif /** LAST_H_ */
