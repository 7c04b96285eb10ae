/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file session.h
 * The connection to charon's plugin control.
 */

#ifndef SESSION_H_
#define SESSION_H_

#include "node.h"

typedef struct session_t session_t;
typedef enum format_t format_t;

/**
 * How to print what charon says.
 */
enum format_t {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_RAW,
};

struct session_t {
	/** as asked for by the user; where to connect to */
	format_t format;
	const char *uri;
	/** NULL until session_open() */
	vici_conn_t *conn;
};

/**
 * Seconds to wait for charon, which waits for 5 itself while it starts.
 */
#define SESSION_TIMEOUT 10

/**
 * Have the program end if it takes charon long to answer: monitoring has to
 * hear of one that hangs. To be called before session_open(), which may take as
 * long.
 *
 * @param seconds	how long
 * @param command	what it is about, for the message
 * @param status	exit status then
 * @param last		prints what is to be printed then, NULL for nothing
 */
void session_limit(session_t *session, u_int seconds, const char *command,
				   int status, void (*last)(void));

/**
 * Charon has answered in time. Doesn't return if that was too late.
 */
void session_unlimit(void);

/**
 * Connect to charon.
 *
 * @return			FALSE if that failed, after printing why and what to check
 */
bool session_open(session_t *session);

/**
 * Send a request, print what comes back if the format is FORMAT_RAW, and what
 * went wrong.
 *
 * @param req		request, adopted
 * @param name		its name
 * @param stream	name of the messages it streams, NULL if it doesn't
 * @param answer	gets the answer without what is said about success, but with
 *					"items", a table of what was streamed; to be destroyed, NULL
 *					if there is none
 * @return			FALSE if it failed
 */
bool session_request(session_t *session, vici_req_t *req, const char *name,
					 const char *stream, node_t **answer);

/**
 * Disconnect.
 */
void session_close(session_t *session);

#endif /** SESSION_H_ */
