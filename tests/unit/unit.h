/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unit.h
 * What the suites share.
 */

#ifndef UNIT_H_
#define UNIT_H_

#include <check.h>
#include <library.h>

/**
 * Called by each suite before main().
 *
 * @param create	creates the suite
 */
void suite_add(Suite *(*create)(void));

/**
 * Define a suite, which is run with all others: SUITE(name) { ... }
 */
#define SUITE(name) \
	static Suite *name##_suite(void); \
	static void __attribute__((constructor)) name##_suite_add(void) \
	{ \
		suite_add(name##_suite); \
	} \
	static Suite *name##_suite(void)

/**
 * Capture what this thread logs from here on, each line once, without a time.
 */
void log_capture(void);

/**
 * Stop capturing.
 *
 * @return		lines of levels 0 and 1, each ending in \n, valid up to the
 *				next log_capture()
 */
const char *log_captured(void);

#endif /** UNIT_H_ */
