/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "link_monitor.h"

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct private_link_monitor_t private_link_monitor_t;

/**
 * Private data of a link_monitor_t object.
 */
struct private_link_monitor_t {

	/**
	 * Public interface.
	 */
	link_monitor_t public;

	/**
	 * Socket that gets the kernel's events.
	 */
	int fd;

	/**
	 * Which messages matter, NULL for all.
	 */
	bool (*matters)(struct nlmsghdr *hdr);

	/**
	 * Time for changes to settle, in milliseconds.
	 */
	u_int delay;

	/**
	 * Whom to tell.
	 */
	void (*changed)(void *data);
	void *data;

	/**
	 * Whether a job is scheduled, protected by mutex.
	 */
	bool scheduled;

	/**
	 * Lock for scheduled.
	 */
	mutex_t *mutex;
};

/**
 * Set whether a job is scheduled.
 *
 * @return			what it was before
 */
static bool set_scheduled(private_link_monitor_t *this, bool scheduled)
{
	bool before;

	this->mutex->lock(this->mutex);
	before = this->scheduled;
	this->scheduled = scheduled;
	this->mutex->unlock(this->mutex);
	return before;
}

CALLBACK(tell, job_requeue_t,
	private_link_monitor_t *this)
{
	/* before, so that what changes meanwhile makes another job */
	set_scheduled(this, FALSE);
	this->changed(this->data);
	return JOB_REQUEUE_NONE;
}

/**
 * Does any of a number of messages matter?
 */
static bool any_matters(private_link_monitor_t *this, struct nlmsghdr *hdr,
						int len)
{
	for (; NLMSG_OK(hdr, len); hdr = NLMSG_NEXT(hdr, len))
	{
		if (!this->matters || this->matters(hdr))
		{
			return TRUE;
		}
	}
	return FALSE;
}

CALLBACK(receive, bool,
	private_link_monitor_t *this, int fd, watcher_event_t event)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t len;
	bool any = FALSE;

	do
	{
		/* the length of a message, also if it is cut off */
		len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);
		/* if events were lost, there were events */
		any |= len > (ssize_t)sizeof(buf) || (len < 0 && errno == ENOBUFS) ||
			   (len > 0 && any_matters(this, (struct nlmsghdr*)buf, len));
	}
	while (len > 0 || (len < 0 && (errno == EINTR || errno == ENOBUFS)));

	if (any && !set_scheduled(this, TRUE))
	{
		lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)
				callback_job_create(tell, this, NULL, NULL),
				this->delay);
	}
	return TRUE;
}

METHOD(link_monitor_t, destroy, void,
	private_link_monitor_t *this)
{
	lib->watcher->remove(lib->watcher, this->fd);
	close(this->fd);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
link_monitor_t *link_monitor_create(uint32_t groups,
									bool (*matters)(struct nlmsghdr *hdr),
									u_int delay, void (*changed)(void *data),
									void *data)
{
	private_link_monitor_t *this;
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
	{
		return NULL;
	}
	if (bind(fd, (struct sockaddr*)&addr, sizeof(addr)))
	{
		close(fd);
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
	);
	lib->watcher->add(lib->watcher, fd, WATCHER_READ, receive, this);
	return &this->public;
}
