/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "session.h"
#include "print.h"

#include <errno.h>
#include <stdio.h>

bool session_open(session_t *session)
{
	const char *hint;

	errno = 0;
	session->conn = vici_connect((char*)session->uri);
	if (session->conn)
	{
		return TRUE;
	}
	switch (errno)
	{
		case EACCES:
		case EPERM:
			hint = "run this as root, or as a member of the socket's group";
			break;
		case ENOENT:
			hint = "check that charon runs, that it has loaded the plugin "
				   "control (charon.plugins.control.load = yes), and that "
				   "charon.plugins.control.socket is this socket, else use "
				   "--socket";
			break;
		case ECONNREFUSED:
			hint = "check that charon runs, it did once";
			break;
		default:
			hint = "use --socket if it is another one";
			break;
	}
	complain("can't connect to %s: %s; %s", session->uri,
			 errno ? strerror(errno) : "isn't an address and a port", hint);
	return FALSE;
}

/**
 * What a stream is collected in.
 */
typedef struct {
	session_t *session;
	array_t *items;
} collector_t;

/**
 * Take a message of a stream, implementation of vici_event_cb_t.
 */
static void collect(void *user, char *name, vici_res_t *res)
{
	collector_t *collector = user;
	node_t *node;

	if (collector->session->format == FORMAT_RAW)
	{
		vici_dump(res, name, FALSE, stdout);
		return;
	}
	node = node_read(res);
	if (node)
	{
		array_insert(collector->items, ARRAY_TAIL, node);
	}
}

/**
 * Print what is wrong according to an answer.
 */
static bool check_answer(node_t *answer, const char *name)
{
	node_t *errors, *line;
	int i;

	if (!streq(node_value(answer, "success"), "no"))
	{
		return TRUE;
	}
	errors = node_find(answer, "errors");
	for (i = 0; errors && i < array_count(errors->children); i++)
	{
		array_get(errors->children, i, &line);
		complain("%s", line->value);
	}
	if (!errors)
	{
		complain("%s: %s", name, node_value(answer, "errmsg"));
	}
	return FALSE;
}

/**
 * Say why there is no answer.
 */
static void explain(session_t *session, const char *name)
{
	if (errno == ENOENT)
	{
		complain("charon doesn't know '%s': the plugin that has it isn't "
				 "loaded, see the list of plugins in 'swanadv status'", name);
	}
	else
	{
		complain("%s: no answer from %s: %s%s", name, session->uri,
				 errno ? strerror(errno) : "it closed the connection",
				 errno == ECONNRESET ?
				 "; see charon's log, it may have too many clients" : "");
	}
}

bool session_request(session_t *session, vici_req_t *req, const char *name,
					 const char *stream, array_t *items, node_t **answer)
{
	collector_t collector = { .session = session, .items = items };
	vici_res_t *res;

	*answer = NULL;
	errno = 0;
	if (stream &&
		vici_register(session->conn, (char*)stream, collect, &collector) != 0)
	{
		explain(session, name);
		vici_free_req(req);
		return FALSE;
	}
	res = vici_submit(req, session->conn);
	if (!res)
	{
		explain(session, name);
		return FALSE;
	}
	if (session->format == FORMAT_RAW)
	{
		vici_dump(res, (char*)name, FALSE, stdout);
	}
	*answer = node_read(res);
	vici_free_res(res);
	if (!*answer)
	{
		complain("%s: the answer isn't well-formed", name);
		return FALSE;
	}
	return check_answer(*answer, name);
}

void session_close(session_t *session)
{
	if (session->conn)
	{
		vici_disconnect(session->conn);
		session->conn = NULL;
	}
}
