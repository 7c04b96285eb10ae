/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_active.h
 * A rule that is active.
 */

#ifndef PEER_LOG_ACTIVE_H_
#define PEER_LOG_ACTIVE_H_

#include "peer_log_line.h"
#include "peer_log_settings.h"
#include "peer_log_target.h"

typedef struct peer_log_active_t peer_log_active_t;

/**
 * A rule and what it takes.
 */
struct peer_log_active_t {
	/** struct that terms and name are part of */
	void *owner;
	const char *name;
	const peer_log_terms_t *terms;
	peer_log_target_t *target;
	/** it isn't in strongswan.conf */
	bool added;
	/** monotonic, 0 for never */
	time_t end;
	/** lines written, atomic */
	uint64_t lines;
};

/**
 * Activate a rule. Warns if it writes key material.
 *
 * @param owner			struct of option tables that has name and terms in it,
 *						a reference is kept
 * @param added			TRUE if it isn't in strongswan.conf
 * @param error[out]	errno if the target can't be opened
 * @return				NULL if the target can't be opened
 */
peer_log_active_t *peer_log_active_create(void *owner, const char *name,
										  const peer_log_terms_t *terms,
										  bool added, int *error);

/**
 * Write a line. Doesn't log. Thread-safe.
 */
void peer_log_active_write(peer_log_active_t *this,
						   const peer_log_line_t *line);

/**
 * Open the file again, and log if that fails.
 */
void peer_log_active_reopen(peer_log_active_t *this);

/**
 * Log how many lines could not be written since the last call.
 */
void peer_log_active_log_dropped(peer_log_active_t *this);

/**
 * Destroy a rule that nobody applies anymore.
 */
void peer_log_active_destroy(peer_log_active_t *this);

#endif /** PEER_LOG_ACTIVE_H_ */
