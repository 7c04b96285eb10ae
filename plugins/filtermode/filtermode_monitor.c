/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_monitor.h"
#include "filtermode_notice.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <threading/mutex.h>
#include <unistd.h>

/**
 * Receive buffer in bytes, enough for thousands of rules that change at once.
 * If it isn't, we notice that something is missing.
 */
#define BUFFER (16 << 20)

typedef struct private_filtermode_monitor_t private_filtermode_monitor_t;

struct private_filtermode_monitor_t {
	filtermode_monitor_t public;
	/** socket that gets the kernel's events */
	int fd;
	/** table to watch */
	char *table;
	/** Whether the transaction whose events are being received changed it. This
	 * and count are protected by mutex, which is held while events are read. */
	bool touched;
	/** number of transactions that did, since it was taken last */
	u_int count;

	mutex_t *mutex;
	/** whom to tell */
	void (*changed)(void *data, const char *who);
	void *data;
};

/**
 * Handle a message. The last one of a transaction says who made it.
 */
static void handle(private_filtermode_monitor_t *this, struct nlmsghdr *hdr)
{
	char who[FILTERMODE_WHO_LEN];

	switch (filtermode_notice_parse(hdr, this->table, who))
	{
		case FILTERMODE_NOTICE_TABLE:
			this->touched = TRUE;
			break;
		case FILTERMODE_NOTICE_END:
			if (this->touched)
			{
				this->touched = FALSE;
				this->count++;
				this->changed(this->data, *who ? who : NULL);
			}
			break;
		default:
			break;
	}
}

/**
 * Read all events that there are, mutex held.
 */
static void read_all(private_filtermode_monitor_t *this)
{
	char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *hdr;
	ssize_t len;

	while (TRUE)
	{
		len = recv(this->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (len < 0 && errno == ENOBUFS)
		{
			this->changed(this->data, NULL);
		}
		else if (len <= 0 && errno != EINTR)
		{
			return;
		}
		for (hdr = (struct nlmsghdr*)buf; len > 0 && NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			handle(this, hdr);
		}
	}
}

CALLBACK(receive, bool,
	private_filtermode_monitor_t *this, int fd, watcher_event_t event)
{
	this->mutex->lock(this->mutex);
	read_all(this);
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(filtermode_monitor_t, take, u_int,
	private_filtermode_monitor_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	read_all(this);
	count = this->count;
	this->count = 0;
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(filtermode_monitor_t, destroy, void,
	private_filtermode_monitor_t *this)
{
	lib->watcher->remove(lib->watcher, this->fd);
	close(this->fd);
	this->mutex->destroy(this->mutex);
	free(this->table);
	free(this);
}

/**
 * Open a socket that gets nftables' events.
 *
 * @return			-1 if that failed, errno is set
 */
static int open_socket()
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
	};
	int fd, group = NFNLGRP_NFTABLES, buffer = BUFFER, error;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0)
	{
		return -1;
	}
	if (bind(fd, (struct sockaddr*)&addr, sizeof(addr)) ||
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
				   sizeof(group)))
	{
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	/* the default will do if this isn't permitted */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	return fd;
}

filtermode_monitor_t *filtermode_monitor_create(const char *table,
								void (*changed)(void *data, const char *who),
								void *data)
{
	private_filtermode_monitor_t *this;
	int fd;

	fd = open_socket();
	if (fd < 0)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.take = _take,
			.destroy = _destroy,
		},
		.fd = fd,
		.table = strdup(table),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.changed = changed,
		.data = data,
	);
	lib->watcher->add(lib->watcher, fd, WATCHER_READ, receive, this);
	return &this->public;
}
