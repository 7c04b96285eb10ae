/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "session.h"
#include "print.h"

#include <library.h>
#include <processing/jobs/callback_job.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/**
 * What to do once time is up.
 */
typedef struct {
	session_t *session;
	u_int seconds;
	const char *command;
	int status;
	void (*last)(void);
} limit_t;

/**
 * The one that counts, NULL once charon has answered or its time is up.
 */
static limit_t *limited;

/**
 * Give up.
 */
static job_requeue_t give_up(limit_t *limit)
{
	if (!cas_ptr(&limited, limit, NULL))
	{
		return JOB_REQUEUE_NONE;
	}
	complain("%s: no answer from %s within %u seconds; charon hangs, see its "
			 "log", limit->command, limit->session->uri, limit->seconds);
	if (limit->last)
	{
		limit->last();
	}
	print_done(FALSE);
	complain_done();
	/* nor would other threads end */
	_exit(limit->status);
}

void session_limit(session_t *session, u_int seconds, const char *command,
				   int status, void (*last)(void))
{
	limit_t *limit;

	INIT(limit,
		.session = session,
		.seconds = seconds,
		.command = command,
		.status = status,
		.last = last,
	);
	limited = limit;
	lib->scheduler->schedule_job(lib->scheduler,
			(job_t*)callback_job_create((callback_job_cb_t)give_up, limit,
										free, NULL), seconds);
}

void session_unlimit(void)
{
	limit_t *limit = limited;

	while (!limit || !cas_ptr(&limited, limit, NULL))
	{	/* another thread is about to end the program */
		pause();
	}
}

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
	node_t *items;
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
		array_insert(collector->items->children, ARRAY_TAIL, node);
	}
}

/**
 * Take what is about the request itself from its answer.
 */
static void strip_outcome(node_t *answer)
{
	enumerator_t *enumerator;
	node_t *node;

	enumerator = array_create_enumerator(answer->children);
	while (enumerator->enumerate(enumerator, &node))
	{
		if (streq(node->name, "success") || streq(node->name, "errors") ||
			streq(node->name, "errmsg"))
		{
			array_remove_at(answer->children, enumerator);
			node_destroy(node);
		}
	}
	enumerator->destroy(enumerator);
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

/**
 * Send a request, and collect what comes back.
 *
 * @return			answer, NULL if there is none, after saying why
 */
static node_t *submit(collector_t *collector, vici_req_t *req, const char *name,
					  const char *stream)
{
	session_t *session = collector->session;
	node_t *answer;
	vici_res_t *res;

	errno = 0;
	if (stream &&
		vici_register(session->conn, (char*)stream, collect, collector) != 0)
	{
		explain(session, name);
		vici_free_req(req);
		return NULL;
	}
	res = vici_submit(req, session->conn);
	if (!res)
	{
		explain(session, name);
		return NULL;
	}
	if (session->format == FORMAT_RAW)
	{
		vici_dump(res, (char*)name, FALSE, stdout);
	}
	answer = node_read(res);
	vici_free_res(res);
	if (!answer)
	{
		complain("%s: the answer isn't well-formed", name);
	}
	return answer;
}

bool session_request(session_t *session, vici_req_t *req, const char *name,
					 const char *stream, node_t **answer)
{
	collector_t collector = {
		.session = session,
		.items = node_create(NODE_TABLE, "items"),
	};
	bool success;

	*answer = submit(&collector, req, name, stream);
	success = *answer && check_answer(*answer, name);
	if (*answer)
	{
		strip_outcome(*answer);
	}
	if (success && stream)
	{
		array_insert((*answer)->children, ARRAY_TAIL, collector.items);
		return TRUE;
	}
	node_destroy(collector.items);
	if (*answer && !success && !array_count((*answer)->children))
	{
		node_destroy(*answer);
		*answer = NULL;
	}
	return success;
}

void session_close(session_t *session)
{
	if (session->conn)
	{
		vici_disconnect(session->conn);
		session->conn = NULL;
	}
}
