/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_record.h
 * What is written about a session: charon-accounting(5).
 */

#ifndef ACCOUNTING_RECORD_H_
#define ACCOUNTING_RECORD_H_

#include "accounting_session.h"

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
 * Print a record.
 *
 * @param state			what changes of the session
 * @param now			current time
 * @return				a line with its end, allocated
 */
char *accounting_record_print(accounting_type_t type,
							  const accounting_session_t *session,
							  const accounting_state_t *state, time_t now);

#endif /** ACCOUNTING_RECORD_H_ */
