/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_notices.h
 * Lines for the log that are worth saying once, not at each event.
 */

#ifndef BYPASS_NOTICES_H_
#define BYPASS_NOTICES_H_

#include <library.h>
#include <collections/array.h>

/**
 * Add a line.
 *
 * @param notices	array of char* that own what they point to
 * @param fmt		printf format
 */
void bypass_notices_add(array_t *notices, const char *fmt, ...);

/**
 * Log the lines at level 1 that weren't there the last time.
 *
 * @param notices	array of char*
 * @param before	array of char* of the last time
 */
void bypass_notices_log(array_t *notices, array_t *before);

/**
 * Destroy an array of lines.
 */
void bypass_notices_destroy(array_t *notices);

#endif /** BYPASS_NOTICES_H_ */
