/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_monitor.h"
#include "bypass_route.h"

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct private_bypass_monitor_t private_bypass_monitor_t;

/**
 * Private data of a bypass_monitor_t object.
 */
struct private_bypass_monitor_t {

	/**
	 * Public interface.
	 */
	bypass_monitor_t public;

	/**
	 * Socket that gets the kernel's events.
	 */
	int fd;

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
static bool set_scheduled(private_bypass_monitor_t *this, bool scheduled)
{
	bool before;

	this->mutex->lock(this->mutex);
	before = this->scheduled;
	this->scheduled = scheduled;
	this->mutex->unlock(this->mutex);
	return before;
}

CALLBACK(tell, job_requeue_t,
	private_bypass_monitor_t *this)
{
	/* before, so that what changes meanwhile makes another job */
	set_scheduled(this, FALSE);
	this->changed(this->data);
	return JOB_REQUEUE_NONE;
}

/**
 * Does a number of events matter? Of routes only those on a link do: a router
 * may see others change all the time.
 */
static bool matters(struct nlmsghdr *hdr, int len)
{
	bypass_route_t route;

	for (; NLMSG_OK(hdr, len); hdr = NLMSG_NEXT(hdr, len))
	{
		if (!bypass_route_parse(hdr, &route) ||
			bypass_route_is_on_link(&route))
		{
			return TRUE;
		}
	}
	return FALSE;
}

CALLBACK(receive, bool,
	private_bypass_monitor_t *this, int fd, watcher_event_t event)
{
	char buf[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t len;
	bool any = FALSE;

	do
	{
		len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		/* if events were lost, there were events */
		any |= len > 0 ? matters((struct nlmsghdr*)buf, len)
					   : len < 0 && errno == ENOBUFS;
	}
	while (len > 0 || (len < 0 && (errno == EINTR || errno == ENOBUFS)));

	if (any && !set_scheduled(this, TRUE))
	{
		lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)
				callback_job_create(tell, this, NULL, NULL),
				BYPASS_MONITOR_DELAY);
	}
	return TRUE;
}

METHOD(bypass_monitor_t, destroy, void,
	private_bypass_monitor_t *this)
{
	lib->watcher->remove(lib->watcher, this->fd);
	close(this->fd);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
bypass_monitor_t *bypass_monitor_create(void (*changed)(void *data),
										void *data)
{
	private_bypass_monitor_t *this;
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
					 RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
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
		.changed = changed,
		.data = data,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	lib->watcher->add(lib->watcher, fd, WATCHER_READ, receive, this);
	return &this->public;
}
