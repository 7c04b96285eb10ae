/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_crash.h
 * Finds the sessions that a daemon hadn't ended when it did.
 */

#ifndef ACCOUNTING_CRASH_H_
#define ACCOUNTING_CRASH_H_

#include <collections/array.h>

#include <stdio.h>

/**
 * Read a file of records, and make ends for the sessions that have none: the
 * last that was written about each, and the reason "crash".
 *
 * @param in			file
 * @param own			what IDs of this daemon's sessions begin with
 * @param last			when the daemon was alive last
 * @return				of char*, lines with their ends, as they began
 */
array_t *accounting_crash_find(FILE *in, const char *own, time_t last);

#endif /** ACCOUNTING_CRASH_H_ */
