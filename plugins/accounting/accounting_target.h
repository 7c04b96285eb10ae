/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_target.h
 * Sends records to journald or syslogd, in a thread of its own, so that no
 * target has to wait for another one.
 */

#ifndef ACCOUNTING_TARGET_H_
#define ACCOUNTING_TARGET_H_

#include "accounting_record.h"
#include "accounting_sessions.h"

typedef struct accounting_target_t accounting_target_t;
typedef struct accounting_target_stats_t accounting_target_stats_t;

/**
 * Seconds for which a record is tried again, before it is dropped, and others
 * with it until one goes through.
 */
#define ACCOUNTING_TARGET_TRIES 5

/**
 * Counters since the start, and how it is.
 */
struct accounting_target_stats_t {
	uint64_t written;
	uint64_t dropped;
	/** errno for which records are lost at present, 0 if they aren't */
	int error;
};

/**
 * Thread-safe.
 */
struct accounting_target_t {

	/**
	 * Queue a record. For bus hooks, too: never waits.
	 *
	 * @param session	a reference, adopted
	 */
	void (*queue)(accounting_target_t *this, accounting_type_t type,
				  accounting_session_t *session);

	/**
	 * Start the thread, once charon is whom it is to be.
	 *
	 * @return			FALSE if there are too many
	 */
	bool (*start)(accounting_target_t *this);

	/**
	 * Get counters.
	 */
	void (*get_stats)(accounting_target_t *this,
					  accounting_target_stats_t *stats);

	/**
	 * Send what is queued, if it is taken at once, and destroy an
	 * accounting_target_t.
	 */
	void (*destroy)(accounting_target_t *this);
};

/**
 * Create a target.
 *
 * @param sessions		those that records are about, has to outlive it
 * @param facility		of syslog, as for syslog(3), -1 for journald
 */
accounting_target_t *accounting_target_create(accounting_sessions_t *sessions,
											  int facility);

#endif /** ACCOUNTING_TARGET_H_ */
