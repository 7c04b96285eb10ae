/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unit.h
 * What the suites share.
 */

#ifndef UNIT_H_
#define UNIT_H_

#include <check.h>
#include <library.h>

#define SUITE(object) Suite *object##_suite_create(void);
#include "suites.h"
#undef SUITE

/**
 * Capture what is logged from here on, each line once and without a time.
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
