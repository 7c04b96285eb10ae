/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_monitor.h"

#include <netlink.h>
#include <threading/mutex.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
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
	/** table to watch: its family and name */
	uint8_t family;
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
 * Attributes of the end of a transaction.
 */
static const netlink_want_t gen_wanted[] = {
	[NFTA_GEN_PROC_PID] = { 4, 4 },
	[NFTA_GEN_PROC_NAME] = { 1, NETLINK_ANY },
};

/**
 * Whatever else a message is about, its first attribute names the table.
 */
static const netlink_want_t table_wanted[] = {
	[NFTA_TABLE_NAME] = { 1, NETLINK_ANY },
};

/**
 * Is a message about a table?
 */
static bool is_about(struct nlmsghdr *hdr, uint8_t family, const char *name)
{
	struct nfgenmsg *msg = NLMSG_DATA(hdr);
	chunk_t attrs[countof(table_wanted)];

	return netlink_parse(hdr, sizeof(*msg), table_wanted, countof(attrs),
						 attrs) &&
		   msg->nfgen_family == family &&
		   chunk_equals(attrs[NFTA_TABLE_NAME],
						chunk_create((u_char*)name, strlen(name) + 1));
}

/**
 * Get who made a transaction, nothing if the kernel doesn't say.
 */
static void get_who(struct nlmsghdr *hdr, char *buf)
{
	chunk_t attrs[countof(gen_wanted)];
	char name[FILTERMODE_WHO_LEN / 2], *pos;

	*buf = '\0';
	netlink_parse(hdr, sizeof(struct nfgenmsg), gen_wanted, countof(attrs),
				  attrs);
	if (!attrs[NFTA_GEN_PROC_PID].len || !attrs[NFTA_GEN_PROC_NAME].len)
	{
		return;
	}
	netlink_get_str(attrs[NFTA_GEN_PROC_NAME], name, sizeof(name));
	snprintf(buf, FILTERMODE_WHO_LEN, "%s (%u)", name,
			 ntohl(netlink_get_u32(attrs[NFTA_GEN_PROC_PID], 0)));
	/* a process may call itself anything */
	for (pos = buf; *pos; pos++)
	{
		*pos = isprint((u_char)*pos) ? *pos : '?';
	}
}

bool filtermode_monitor_parse(struct nlmsghdr *hdr, uint8_t family,
							  const char *table, bool *touched,
							  char who[FILTERMODE_WHO_LEN])
{
	if (NFNL_SUBSYS_ID(hdr->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
		hdr->nlmsg_len < NLMSG_LENGTH(sizeof(struct nfgenmsg)))
	{
		return FALSE;
	}
	if (NFNL_MSG_TYPE(hdr->nlmsg_type) == NFT_MSG_NEWGEN)
	{
		get_who(hdr, who);
		return TRUE;
	}
	*touched |= is_about(hdr, family, table);
	return FALSE;
}

/**
 * Handle a message. Implementation of netlink_event_t.
 */
static void handle(void *data, struct nlmsghdr *hdr)
{
	private_filtermode_monitor_t *this = data;
	char who[FILTERMODE_WHO_LEN];

	if (!hdr)
	{	/* whatever it was, it wasn't ours alone */
		this->count = UINT_MAX;
		this->changed(this->data, NULL);
		return;
	}
	if (filtermode_monitor_parse(hdr, this->family, this->table, &this->touched,
								 who) && this->touched)
	{
		this->touched = FALSE;
		this->count += this->count < UINT_MAX;
		this->changed(this->data, *who ? who : NULL);
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
		.family = strpfx(table, "inet ") ? NFPROTO_INET :
				  strpfx(table, "ip ") ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.table = strdup(strchr(table, ' ') + 1),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.changed = changed,
		.data = data,
	);
	lib->watcher->add(lib->watcher, fd, WATCHER_READ, receive, this);
	return &this->public;
}
