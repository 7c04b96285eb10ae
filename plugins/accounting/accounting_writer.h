/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_writer.h
 * Writes records, in a thread of its own.
 */

#ifndef ACCOUNTING_WRITER_H_
#define ACCOUNTING_WRITER_H_

#include "accounting_kernel.h"
#include "accounting_record.h"
#include "accounting_sessions.h"
#include "accounting_target.h"

#include <options_store.h>

typedef struct accounting_writer_t accounting_writer_t;
typedef struct accounting_stats_t accounting_stats_t;

/**
 * Counters since the start, and how it is.
 */
struct accounting_stats_t {
	uint64_t written;
	uint64_t dropped;
	/** sessions that were found open after a crash */
	uint64_t recovered;
	/** why records are lost at present, NULL if they aren't */
	char *error;
	/** likewise, of other targets, since they were set */
	accounting_target_stats_t journal;
	accounting_target_stats_t syslog;
};

/**
 * Thread-safe.
 */
struct accounting_writer_t {

	/**
	 * Queue a record. For bus hooks, too: never waits for a file.
	 *
	 * @param session	a reference, adopted
	 */
	void (*queue)(accounting_writer_t *this, accounting_type_t type,
				  accounting_session_t *session);

	/**
	 * Put settings in force that are loaded anew, as options_apply_t.
	 */
	void (*apply)(accounting_writer_t *this, void *config,
				  option_errors_t *errors);

	/**
	 * Open the file again, as it may have been renamed.
	 */
	void (*reopen)(accounting_writer_t *this);

	/**
	 * Get counters.
	 *
	 * @param stats		gets them, error is to be freed
	 */
	void (*get_stats)(accounting_writer_t *this, accounting_stats_t *stats);

	/**
	 * Write what is queued, and destroy an accounting_writer_t.
	 */
	void (*destroy)(accounting_writer_t *this);
};

/**
 * Create a writer.
 *
 * @param store			settings, has to outlive it, as the next ones
 * @param sessions		those that records are about
 * @param kernel		reads their counters
 * @param own			what IDs of this daemon's sessions begin with
 */
accounting_writer_t *accounting_writer_create(options_store_t *store,
											  accounting_sessions_t *sessions,
											  accounting_kernel_t *kernel,
											  const char *own);

#endif /** ACCOUNTING_WRITER_H_ */
