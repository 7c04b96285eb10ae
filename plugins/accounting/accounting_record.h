/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_record.h
 * What is written about a session: charon-accounting(5).
 */

#ifndef ACCOUNTING_RECORD_H_
#define ACCOUNTING_RECORD_H_

#include "accounting_session.h"

#include <accounting_types.h>

/**
 * Bytes of a text from a peer that are written.
 */
#define ACCOUNTING_TEXT_MAX 1024

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
