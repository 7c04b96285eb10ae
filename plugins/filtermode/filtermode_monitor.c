/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_monitor.h"
#include "filtermode_notice.h"

#include <netlink.h>
#include <threading/mutex.h>

#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
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
 * Handle a message, implementation of netlink_event_t. The last one of a
 * transaction says who made it.
 */
static void handle(void *data, struct nlmsghdr *hdr)
{
	private_filtermode_monitor_t *this = data;
	char who[FILTERMODE_WHO_LEN];

	if (!hdr)
	{
		this->changed(this->data, NULL);
		return;
	}
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

CALLBACK(receive, bool,
	private_filtermode_monitor_t *this, int fd, watcher_event_t event)
{
	this->mutex->lock(this->mutex);
	netlink_read_events(this->fd, handle, this);
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(filtermode_monitor_t, take, u_int,
	private_filtermode_monitor_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	netlink_read_events(this->fd, handle, this);
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

filtermode_monitor_t *filtermode_monitor_create(const char *table,
								void (*changed)(void *data, const char *who),
								void *data)
{
	private_filtermode_monitor_t *this;
	int fd, buffer = BUFFER;

	fd = netlink_open(NETLINK_NETFILTER, 1 << (NFNLGRP_NFTABLES - 1));
	if (fd < 0)
	{
		return NULL;
	}
	/* the default will do if this isn't permitted */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
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
