/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "link_monitor.h"
#include "netlink.h"

#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

#include <unistd.h>

typedef struct private_link_monitor_t private_link_monitor_t;

struct private_link_monitor_t {
	link_monitor_t public;
	/** socket that gets the kernel's events */
	int fd;
	/** which messages matter, NULL for all */
	bool (*matters)(void *data, struct nlmsghdr *hdr);
	/** time for changes to settle, in milliseconds */
	u_int delay;
	/** whom to tell */
	void (*changed)(void *data);
	void *data;
	/** what the job is doing, whether something came while it called back, and
	 * whether nobody is to be told anymore; protected by mutex */
	enum {
		JOB_NONE,
		JOB_SCHEDULED,
		JOB_CALLS,
	} job;
	bool again;
	bool destroyed;
	/** lock for these */
	mutex_t *mutex;
	/** signaled when a callback returned */
	condvar_t *returned;
	/** held by the owner and by the job, which can't be taken off the
	 * scheduler */
	refcount_t ref;
};

CALLBACK(unref, void,
	private_link_monitor_t *this)
{
	if (ref_put(&this->ref))
	{
		this->returned->destroy(this->returned);
		this->mutex->destroy(this->mutex);
		free(this);
	}
}

CALLBACK(tell, job_requeue_t,
	private_link_monitor_t *this)
{
	bool again;

	this->mutex->lock(this->mutex);
	if (this->destroyed)
	{
		this->mutex->unlock(this->mutex);
		return JOB_REQUEUE_NONE;
	}
	/* before, so that what comes meanwhile has it called again */
	this->job = JOB_CALLS;
	this->again = FALSE;
	this->mutex->unlock(this->mutex);

	this->changed(this->data);

	this->mutex->lock(this->mutex);
	again = this->again && !this->destroyed;
	this->job = again ? JOB_SCHEDULED : JOB_NONE;
	this->returned->broadcast(this->returned);
	this->mutex->unlock(this->mutex);
	return again ? JOB_RESCHEDULE_MS(this->delay) : JOB_REQUEUE_NONE;
}

/**
 * Have it called back, by one job at a time: however long that takes, it keeps
 * one worker.
 */
static void schedule(private_link_monitor_t *this)
{
	bool idle;

	this->mutex->lock(this->mutex);
	idle = this->job == JOB_NONE;
	if (idle)
	{
		this->job = JOB_SCHEDULED;
	}
	this->again = TRUE;
	this->mutex->unlock(this->mutex);
	if (idle)
	{
		ref_get(&this->ref);
		lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)
				callback_job_create(tell, this, unref, NULL), this->delay);
	}
}

/**
 * Implementation of netlink_event_t.
 */
static void take(void *data, struct nlmsghdr *hdr)
{
	private_link_monitor_t *this = data;

	if (!this->matters || this->matters(this->data, hdr))
	{
		schedule(this);
	}
}

CALLBACK(receive, bool,
	private_link_monitor_t *this, int fd, watcher_event_t event)
{
	netlink_read_events(fd, take, this);
	return TRUE;
}

METHOD(link_monitor_t, destroy, void,
	private_link_monitor_t *this)
{
	lib->watcher->remove(lib->watcher, this->fd);
	close(this->fd);
	this->mutex->lock(this->mutex);
	this->destroyed = TRUE;
	while (this->job == JOB_CALLS)
	{
		this->returned->wait(this->returned, this->mutex);
	}
	this->mutex->unlock(this->mutex);
	unref(this);
}

link_monitor_t *link_monitor_create(uint32_t groups,
									bool (*matters)(void *data,
													struct nlmsghdr *hdr),
									u_int delay, void (*changed)(void *data),
									void *data)
{
	private_link_monitor_t *this;
	int fd;

	fd = netlink_open(NETLINK_ROUTE, groups);
	if (fd < 0)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.fd = fd,
		.matters = matters,
		.delay = delay,
		.changed = changed,
		.data = data,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.returned = condvar_create(CONDVAR_TYPE_DEFAULT),
		.ref = 1,
	);
	lib->watcher->add(lib->watcher, fd, WATCHER_READ, receive, this);
	return &this->public;
}
