/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_lines.h
 * Records as journald and syslogd take them: charon-accounting(5).
 */

#ifndef ACCOUNTING_LINES_H_
#define ACCOUNTING_LINES_H_

#include "accounting_record.h"

/**
 * Print a record for journald: a sentence, and fields to search for.
 *
 * @param record		the record as JSON
 * @param state			what changes of the session
 * @return				datagram, allocated
 */
chunk_t accounting_lines_journal(accounting_type_t type,
								 const accounting_session_t *session,
								 const accounting_state_t *state,
								 const char *record);

/**
 * Print a record for syslogd: as JSON, after the mark that others use, too.
 *
 * @param record		the record as JSON
 * @param facility		as for syslog(3)
 * @param pid			of the daemon
 * @param now			when it was written about
 * @return				datagram, allocated
 */
chunk_t accounting_lines_syslog(accounting_type_t type, const char *record,
								int facility, pid_t pid, time_t now);

#endif /** ACCOUNTING_LINES_H_ */
