/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_types.h
 * What each record of the plugin accounting begins with, for those who write
 * and who read them: charon-accounting(5).
 */

#ifndef ACCOUNTING_TYPES_H_
#define ACCOUNTING_TYPES_H_

#include <library.h>

typedef enum accounting_type_t accounting_type_t;

/**
 * Types of records.
 */
enum accounting_type_t {
	/** it began; also at the head of another file if it goes on */
	ACCOUNTING_START,
	/** how much went through so far, and where it is */
	ACCOUNTING_UPDATE,
	/** it goes on in another file */
	ACCOUNTING_CONTINUED,
	ACCOUNTING_END,
	/** a login was refused */
	ACCOUNTING_REFUSED,
};

/**
 * What a record of a type and its session begins with. Nothing else in a file
 * does, as what peers choose is escaped.
 */
#define ACCOUNTING_HEAD "{\"type\":\"%s\",\"session\":\""

/**
 * Names of types.
 */
extern const char *const accounting_types[];

/**
 * Read what a line begins with, and check that it wasn't cut.
 *
 * @param line			line, with its end or without
 * @param type			gets the type
 * @return				name of the session, allocated, NULL if it is no record
 */
char *accounting_types_read(const char *line, accounting_type_t *type);

#endif /** ACCOUNTING_TYPES_H_ */
