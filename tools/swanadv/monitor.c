/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "monitor.h"
#include "print.h"

#include <stdio.h>
#include <time.h>

#include <threading/condvar.h>
#include <threading/mutex.h>

/**
 * Milliseconds after which the connection is checked: libvici doesn't tell if
 * it has ended.
 */
#define CHECK_INTERVAL 2000

/**
 * What the thread that gets events and the main thread share.
 */
typedef struct {
	session_t *session;
	mutex_t *mutex;
	condvar_t *condvar;
	/** events until the end, 0 for no end */
	u_int count;
	bool done;
} monitor_t;

/**
 * Write the current time as in RFC 3339.
 */
static void get_time(char *timestamp, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;
	char zone[8];

	localtime_r(&now, &tm);
	/* +hhmm, but that has a colon */
	strftime(zone, sizeof(zone), "%z", &tm);
	strftime(timestamp, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(timestamp + strlen(timestamp), size - strlen(timestamp),
			 "%.3s:%s", zone, zone + min(strlen(zone), 3));
}

/**
 * Print an event.
 */
static void print_event(session_t *session, const char *name, vici_res_t *res)
{
	char timestamp[32];
	node_t *node;

	get_time(timestamp, sizeof(timestamp));
	node = node_read(res);
	if (!node)
	{
		return;
	}
	if (session->format == FORMAT_JSON)
	{
		printf("{\"event\": \"%s\", \"time\": \"%s\", \"data\": ", name,
			   timestamp);
		print_json(stdout, node);
		printf("}\n");
	}
	else
	{
		printf("%s %s: ", timestamp, name);
		print_line(node, TRUE);
		printf("\n");
	}
	node_destroy(node);
}

/**
 * Take an event, implementation of vici_event_cb_t.
 */
static void take(void *user, char *name, vici_res_t *res)
{
	monitor_t *this = user;

	this->mutex->lock(this->mutex);
	if (!this->done)
	{
		if (this->session->format == FORMAT_RAW)
		{
			vici_dump(res, name, FALSE, stdout);
		}
		else
		{
			print_event(this->session, name, res);
		}
		this->done = !print_done(TRUE) ||
					 (this->count && --this->count == 0);
		this->condvar->signal(this->condvar);
	}
	this->mutex->unlock(this->mutex);
}

/**
 * Ask charon for the names of all events.
 *
 * @return			char*, to be freed, NULL if that failed
 */
static array_t *get_events(session_t *session)
{
	node_t *answer, *plugins, *plugin, *events, *event;
	format_t format = session->format;
	array_t *names = NULL;
	int i, j;

	session->format = FORMAT_TEXT;
	if (session_request(session, vici_begin("status"), "status", NULL,
						&answer))
	{
		names = array_create(0, 0);
		plugins = node_find(answer, "plugins");
		for (i = 0; plugins && i < array_count(plugins->children); i++)
		{
			array_get(plugins->children, i, &plugin);
			events = node_find(plugin, "events");
			for (j = 0; events && j < array_count(events->children); j++)
			{
				array_get(events->children, j, &event);
				array_insert(names, ARRAY_TAIL, strdup(event->value));
			}
		}
	}
	session->format = format;
	node_destroy(answer);
	return names;
}

/**
 * Register for events.
 */
static bool register_events(monitor_t *this, array_t *names)
{
	vici_conn_t *conn = this->session->conn;
	char *name;
	int i;

	for (i = 0; i < array_count(names); i++)
	{
		array_get(names, i, &name);
		if (vici_register(conn, name, take, this) != 0)
		{
			complain("charon doesn't know the event '%s': the plugin that has "
					 "it isn't loaded, see 'swanadv status'", name);
			return FALSE;
		}
	}
	return TRUE;
}

/**
 * Is the connection still there?
 */
static bool is_connected(session_t *session)
{
	vici_res_t *res;

	res = vici_submit(vici_begin("version"), session->conn);
	if (res)
	{
		vici_free_res(res);
	}
	return res != NULL;
}

/**
 * Wait for the end.
 */
static bool wait_for_end(monitor_t *this)
{
	bool connected = TRUE, done;

	do
	{
		this->mutex->lock(this->mutex);
		if (!this->done)
		{
			this->condvar->timed_wait(this->condvar, this->mutex,
									  CHECK_INTERVAL);
		}
		/* there may be no event for long, and nobody left to read it */
		this->done |= !print_done(TRUE);
		done = this->done;
		this->mutex->unlock(this->mutex);
		connected = done || is_connected(this->session);
	}
	while (!done && connected);
	if (!connected)
	{
		complain("the connection to %s has ended", this->session->uri);
	}
	return connected;
}

bool monitor(session_t *session, char *names[], u_int count)
{
	monitor_t this = {
		.session = session,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
		.count = count,
	};
	array_t *events;
	bool success;

	if (*names)
	{
		events = array_create(0, 0);
		while (*names)
		{
			array_insert(events, ARRAY_TAIL, strdup(*names++));
		}
	}
	else
	{
		events = get_events(session);
	}
	success = events && register_events(&this, events) && wait_for_end(&this);
	/* no event is under way any more once it has returned */
	session_close(session);
	array_destroy_function(events, (array_callback_t)free, NULL);
	this.condvar->destroy(this.condvar);
	this.mutex->destroy(this.mutex);
	return success;
}
