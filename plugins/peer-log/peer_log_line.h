/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_line.h
 * A log message on its way to a target.
 */

#ifndef PEER_LOG_LINE_H_
#define PEER_LOG_LINE_H_

#include <library.h>

typedef struct peer_log_line_t peer_log_line_t;

/**
 * A message of the log, and where it comes from.
 */
struct peer_log_line_t {
	debug_t group;
	level_t level;
	/** number of the thread */
	int thread;
	/** wall clock */
	struct timeval time;
	uint32_t unique_id;
	/** name of the connection, NULL if it isn't known */
	const char *connection;
	/** may have several lines */
	const char *message;
};

/**
 * Print a line for a file.
 *
 * Each line of the message gets the date and time, the thread, the subsystem
 * and its level, and the IKE_SA in front. Control characters are replaced, as
 * a message may have text from the peer.
 *
 * @param line		what to print
 * @return			text that ends with a line feed, allocated
 */
char *peer_log_line_print(const peer_log_line_t *line);

/**
 * Print a line as a datagram for journald (systemd.io/JOURNAL_NATIVE_PROTOCOL),
 * with the same fields as charon-systemd's and the name of the rule.
 *
 * @param line		what to print
 * @param rule		name of the rule
 * @return			datagram, allocated
 */
chunk_t peer_log_line_print_journal(const peer_log_line_t *line,
									const char *rule);

#endif /** PEER_LOG_LINE_H_ */
