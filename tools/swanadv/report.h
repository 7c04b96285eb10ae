/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file report.h
 * What a check has found.
 */

#ifndef REPORT_H_
#define REPORT_H_

#include "node.h"

typedef struct report_t report_t;
typedef enum finding_t finding_t;

enum finding_t {
	/** accepted, but not what is likely meant */
	FINDING_WARNING,
	/** not accepted, or without effect */
	FINDING_ERROR,
	/** can't be read, so that more may be wrong */
	FINDING_UNREADABLE,
};

/**
 * Create an empty report.
 */
report_t *report_create(void);

/**
 * Add a finding, once.
 *
 * @param kind		what it is
 * @param where		"file:line", or a file
 * @param about		plugin or daemon, NULL if it is about neither
 * @param fmt		printf format of what is wrong
 */
void report_add(report_t *report, finding_t kind, const char *where,
				const char *about, const char *fmt, ...)
				__attribute__((format(printf, 5, 6)));

/**
 * Get the worst that was found.
 *
 * @return			-1 if nothing was
 */
int report_worst(report_t *report);

/**
 * Count findings of a kind.
 */
u_int report_count(report_t *report, finding_t kind);

/**
 * Remove what another report has, too, wherever.
 */
void report_subtract(report_t *report, report_t *known);

/**
 * Have complain_at() tell each error.
 */
void report_complain(report_t *report);

/**
 * Print a line for each finding on stderr, errors first, by file and line.
 */
void report_print(report_t *report);

/**
 * Get it as a section with lists errors and warnings.
 *
 * @param file		file that was checked
 * @return			to be destroyed
 */
node_t *report_get(report_t *report, const char *file);

/**
 * Destroy a report.
 */
void report_destroy(report_t *report);

#endif /** REPORT_H_ */
