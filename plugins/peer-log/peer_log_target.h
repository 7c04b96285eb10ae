/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_target.h
 * Where the lines of a rule go: a file, syslog or the journal.
 */

#ifndef PEER_LOG_TARGET_H_
#define PEER_LOG_TARGET_H_

#include "peer_log_line.h"
#include "peer_log_settings.h"

typedef struct peer_log_target_t peer_log_target_t;

/**
 * Thread-safe. Never logs, as it is called while a line is being logged.
 */
struct peer_log_target_t {

	/**
	 * Write a line. What can't be written is dropped and counted.
	 */
	void (*write)(peer_log_target_t *this, const peer_log_line_t *line);

	/**
	 * Open the file again, after it was renamed. If that fails, the one that is
	 * open stays in use.
	 *
	 * @return			0, or an errno
	 */
	int (*reopen)(peer_log_target_t *this);

	/**
	 * Get the number of lines that were dropped since the last call.
	 *
	 * @param error[out]	errno of the last one
	 */
	u_int (*get_dropped)(peer_log_target_t *this, int *error);

	/**
	 * Destroy a peer_log_target_t.
	 */
	void (*destroy)(peer_log_target_t *this);
};

/**
 * Open the target of a rule.
 *
 * A file is created with mode 0600, and appended to. A symbolic link is
 * refused.
 *
 * @param terms			the rule, has to outlive the target
 * @param rule			its name, too
 * @param error[out]	errno if it can't be opened
 * @return				NULL if it can't be opened
 */
peer_log_target_t *peer_log_target_create(const peer_log_terms_t *terms,
										  const char *rule, int *error);

#endif /** PEER_LOG_TARGET_H_ */
