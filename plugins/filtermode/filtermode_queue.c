/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_queue.h"

#include <collections/array.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <errno.h>

typedef struct private_filtermode_queue_t private_filtermode_queue_t;
typedef struct event_t event_t;

struct private_filtermode_queue_t {
	filtermode_queue_t public;
	/** all below but work and data is protected by mutex */
	mutex_t *mutex;
	/** what was reported, as event_t* */
	array_t *events;
	/** whether login() was ever called: else there is none to be over, and
	 * IKE_SAs that come and go cost nothing */
	bool logins;
	/** whether a job is queued, or at work, that drains them, and whether
	 * something came since it began: never two, as each may wait for long */
	bool draining;
	bool drain_again;
	/** likewise of a job that checks the table */
	bool checking;
	bool check_again;
	/** when the table was checked last, by time_monotonic() */
	timeval_t checked;
	/** who changed the table, NULL if that isn't known */
	char *who;
	/** whom to call */
	void (*work)(void *data, bool check);
	void *data;
};

/**
 * Something about a CHILD_SA, or an IKE_SA.
 */
struct event_t {
	filtermode_holder_t kind;
	uint32_t id;
	uint32_t reqid;
	/** unique ID of what it replaces, 0 if it is or was there by itself */
	uint32_t from;
	/** its connection is NULL if it is gone, else to be freed; its peer, use
	 * and addresses are references */
	filtermode_child_t child;
};

/**
 * Get the time until the table may be checked again, in milliseconds.
 */
static u_int get_delay(private_filtermode_queue_t *this)
{
	timeval_t now, passed;
	u_int ms;

	time_monotonic(&now);
	timersub(&now, &this->checked, &passed);
	if (passed.tv_sec)
	{
		return 0;
	}
	ms = passed.tv_usec / 1000;
	return FILTERMODE_QUEUE_INTERVAL - min(ms, FILTERMODE_QUEUE_INTERVAL);
}

CALLBACK(drain_job, job_requeue_t,
	private_filtermode_queue_t *this)
{
	bool again;

	/* before, so that what comes meanwhile isn't forgotten */
	this->mutex->lock(this->mutex);
	this->drain_again = FALSE;
	this->mutex->unlock(this->mutex);
	this->work(this->data, FALSE);
	this->mutex->lock(this->mutex);
	again = this->draining = this->drain_again;
	this->mutex->unlock(this->mutex);
	return again ? JOB_REQUEUE_FAIR : JOB_REQUEUE_NONE;
}

CALLBACK(check_job, job_requeue_t,
	private_filtermode_queue_t *this)
{
	u_int delay;
	bool again;

	this->mutex->lock(this->mutex);
	this->check_again = FALSE;
	time_monotonic(&this->checked);
	this->mutex->unlock(this->mutex);
	this->work(this->data, TRUE);
	this->mutex->lock(this->mutex);
	again = this->checking = this->check_again;
	delay = get_delay(this);
	this->mutex->unlock(this->mutex);
	if (!again)
	{
		return JOB_REQUEUE_NONE;
	}
	return delay ? JOB_RESCHEDULE_MS(delay) : JOB_REQUEUE_FAIR;
}

/**
 * Add an event.
 *
 * @param event		adopted
 */
static void enqueue(private_filtermode_queue_t *this, event_t *event)
{
	bool queue;

	this->mutex->lock(this->mutex);
	array_insert(this->events, ARRAY_TAIL, event);
	queue = !this->draining;
	this->draining = this->drain_again = TRUE;
	this->mutex->unlock(this->mutex);
	if (queue)
	{
		lib->processor->queue_job(lib->processor, (job_t*)
					callback_job_create_with_prio(drain_job, this, NULL, NULL,
												  JOB_PRIO_HIGH));
	}
}

/**
 * Add an event about something that is there, or gone.
 *
 * @param child		copied, NULL if it is gone
 */
static void add(private_filtermode_queue_t *this, filtermode_holder_t kind,
				uint32_t id, uint32_t reqid, const filtermode_child_t *child)
{
	event_t *event;

	INIT(event,
		.kind = kind,
		.id = id,
		.reqid = reqid,
	);
	if (child)
	{
		event->child = *child;
		event->child.connection = strdup(child->connection);
		filtermode_peer_ref(child->peer);
		filtermode_reqid_ref(child->use);
		filtermode_addresses_ref(child->addresses);
	}
	enqueue(this, event);
}

METHOD(filtermode_queue_t, child_up, void,
	private_filtermode_queue_t *this, uint32_t id, uint32_t reqid,
	const filtermode_child_t *child)
{
	add(this, FILTERMODE_CHILD, id, reqid, child);
}

METHOD(filtermode_queue_t, child_down, void,
	private_filtermode_queue_t *this, uint32_t id)
{
	add(this, FILTERMODE_CHILD, id, 0, NULL);
}

METHOD(filtermode_queue_t, login, void,
	private_filtermode_queue_t *this, uint32_t id,
	const filtermode_child_t *child)
{
	this->mutex->lock(this->mutex);
	this->logins = TRUE;
	this->mutex->unlock(this->mutex);
	add(this, FILTERMODE_LOGIN, id, 0, child);
}

/**
 * Was login() ever called?
 */
static bool had_logins(private_filtermode_queue_t *this)
{
	bool logins;

	this->mutex->lock(this->mutex);
	logins = this->logins;
	this->mutex->unlock(this->mutex);
	return logins;
}

METHOD(filtermode_queue_t, login_moved, void,
	private_filtermode_queue_t *this, uint32_t from, uint32_t to)
{
	event_t *event;

	if (had_logins(this))
	{
		INIT(event,
			.kind = FILTERMODE_LOGIN,
			.id = to,
			.from = from,
		);
		enqueue(this, event);
	}
}

METHOD(filtermode_queue_t, login_over, void,
	private_filtermode_queue_t *this, uint32_t id)
{
	if (had_logins(this))
	{
		add(this, FILTERMODE_LOGIN, id, 0, NULL);
	}
}

/**
 * Remember who changed the table, mutex held. Ourselves only if it was nobody
 * else.
 */
static void set_who(private_filtermode_queue_t *this, const char *who)
{
	size_t len = strlen(program_invocation_short_name);

	if (who && !(strpfx(who, program_invocation_short_name) &&
				 who[len] == ' '))
	{
		free(this->who);
		this->who = strdup(who);
	}
}

METHOD(filtermode_queue_t, table_changed, void,
	private_filtermode_queue_t *this, const char *who)
{
	job_t *job;
	u_int delay;
	bool queue;

	this->mutex->lock(this->mutex);
	set_who(this, who);
	queue = !this->checking;
	this->checking = this->check_again = TRUE;
	delay = get_delay(this);
	this->mutex->unlock(this->mutex);
	if (queue)
	{
		job = (job_t*)callback_job_create_with_prio(check_job, this, NULL, NULL,
													JOB_PRIO_HIGH);
		if (delay)
		{
			lib->scheduler->schedule_job_ms(lib->scheduler, job, delay);
		}
		else
		{
			lib->processor->queue_job(lib->processor, job);
		}
	}
}

METHOD(filtermode_queue_t, take_who, char*,
	private_filtermode_queue_t *this)
{
	char *who;

	this->mutex->lock(this->mutex);
	who = this->who;
	this->who = NULL;
	this->mutex->unlock(this->mutex);
	return who;
}

/**
 * Free an event.
 */
static void event_destroy(event_t *event, int idx, void *user)
{
	free((char*)event->child.connection);
	filtermode_peer_unref(event->child.peer);
	filtermode_reqid_unref(event->child.use);
	filtermode_addresses_unref(event->child.addresses);
	free(event);
}

/**
 * Apply an event.
 */
static void apply(event_t *event, filtermode_children_t *children,
				  filtermode_members_t *members)
{
	bool child = event->kind == FILTERMODE_CHILD;

	if (event->from)
	{
		members->move(members, event->kind, event->from, event->id);
	}
	else if (event->child.connection)
	{
		if (child)
		{
			children->set(children, event->id, event->reqid, &event->child);
		}
		members->set(members, event->kind, event->id, &event->child);
	}
	else
	{
		if (child)
		{
			children->remove(children, event->id);
		}
		members->remove(members, event->kind, event->id);
	}
}

METHOD(filtermode_queue_t, drain, void,
	private_filtermode_queue_t *this, filtermode_children_t *children,
	filtermode_members_t *members)
{
	array_t *events, *empty;
	event_t *event;

	empty = array_create(0, 0);
	this->mutex->lock(this->mutex);
	events = this->events;
	this->events = empty;
	this->mutex->unlock(this->mutex);

	while (array_remove(events, ARRAY_HEAD, &event))
	{
		apply(event, children, members);
		event_destroy(event, 0, NULL);
	}
	array_destroy(events);
}

METHOD(filtermode_queue_t, destroy, void,
	private_filtermode_queue_t *this)
{
	array_destroy_function(this->events, (array_callback_t)event_destroy,
						   NULL);
	this->mutex->destroy(this->mutex);
	free(this->who);
	free(this);
}

filtermode_queue_t *filtermode_queue_create(
				void (*work)(void *data, bool check),
				void *data)
{
	private_filtermode_queue_t *this;

	INIT(this,
		.public = {
			.child_up = _child_up,
			.child_down = _child_down,
			.login = _login,
			.login_moved = _login_moved,
			.login_over = _login_over,
			.table_changed = _table_changed,
			.take_who = _take_who,
			.drain = _drain,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.events = array_create(0, 0),
		.work = work,
		.data = data,
	);
	return &this->public;
}
