/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_monitor.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * Receive buffer in bytes. If a flush of a large ruleset doesn't fit, we notice
 * that something is missing.
 */
#define BUFFER (1 << 20)

/**
 * Length of a name in an event, limited by TASK_COMM_LEN in the kernel.
 */
#define WHO_LEN 64

typedef struct private_filtermode_monitor_t private_filtermode_monitor_t;

/**
 * Private data of a filtermode_monitor_t object.
 */
struct private_filtermode_monitor_t {

	/**
	 * Public interface.
	 */
	filtermode_monitor_t public;

	/**
	 * Socket that gets the kernel's events.
	 */
	int fd;

	/**
	 * Table to watch.
	 */
	char *table;

	/**
	 * Whether the transaction whose events are being received changed it.
	 */
	bool touched;

	/**
	 * Whom to tell.
	 */
	void (*changed)(void *data, const char *who);
	void *data;
};

/**
 * Find an attribute of a message.
 *
 * @return			its content, NULL if there is none
 */
static void *find_attribute(struct nlmsghdr *hdr, uint16_t type, size_t *len)
{
	struct nlattr *attr;
	size_t left, pos = NLMSG_SPACE(sizeof(struct nfgenmsg));

	while (pos + NLA_HDRLEN <= hdr->nlmsg_len)
	{
		attr = (struct nlattr*)((char*)hdr + pos);
		left = hdr->nlmsg_len - pos;
		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > left)
		{
			break;
		}
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
		{
			*len = attr->nla_len - NLA_HDRLEN;
			return (char*)attr + NLA_HDRLEN;
		}
		pos += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/**
 * Is a message about our table? Whatever it is about, its first attribute
 * names the table.
 */
static bool is_about(private_filtermode_monitor_t *this, struct nlmsghdr *hdr)
{
	struct nfgenmsg *msg = NLMSG_DATA(hdr);
	size_t len;
	char *table;

	table = find_attribute(hdr, NFTA_TABLE_NAME, &len);
	return msg->nfgen_family == NFPROTO_INET && table &&
		   len == strlen(this->table) + 1 &&
		   strneq(table, this->table, len);
}

/**
 * Get who made a transaction.
 *
 * @return			buf, NULL if the kernel doesn't say
 */
static const char *get_who(struct nlmsghdr *hdr, char *buf)
{
	size_t name_len, pid_len;
	void *name, *pid;
	uint32_t number;
	char *pos;

	name = find_attribute(hdr, NFTA_GEN_PROC_NAME, &name_len);
	pid = find_attribute(hdr, NFTA_GEN_PROC_PID, &pid_len);
	if (!name || !pid || pid_len != sizeof(number))
	{
		return NULL;
	}
	memcpy(&number, pid, sizeof(number));
	snprintf(buf, WHO_LEN, "%.*s (%u)", (int)strnlen(name, name_len),
			 (char*)name, ntohl(number));
	/* a process may call itself anything */
	for (pos = buf; *pos; pos++)
	{
		*pos = isprint((u_char)*pos) ? *pos : '?';
	}
	return buf;
}

/**
 * Handle a message. The last one of a transaction says who made it.
 */
static void handle(private_filtermode_monitor_t *this, struct nlmsghdr *hdr)
{
	char who[WHO_LEN];

	if (NFNL_SUBSYS_ID(hdr->nlmsg_type) != NFNL_SUBSYS_NFTABLES ||
		hdr->nlmsg_len < NLMSG_SPACE(sizeof(struct nfgenmsg)))
	{
		return;
	}
	if (NFNL_MSG_TYPE(hdr->nlmsg_type) != NFT_MSG_NEWGEN)
	{
		this->touched |= is_about(this, hdr);
	}
	else if (this->touched)
	{
		this->touched = FALSE;
		this->changed(this->data, get_who(hdr, who));
	}
}

CALLBACK(receive, bool,
	private_filtermode_monitor_t *this, int fd, watcher_event_t event)
{
	char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *hdr;
	ssize_t len;

	while (TRUE)
	{
		len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (len < 0 && errno == ENOBUFS)
		{
			this->changed(this->data, NULL);
		}
		else if (len <= 0 && errno != EINTR)
		{
			return TRUE;
		}
		for (hdr = (struct nlmsghdr*)buf; len > 0 && NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			handle(this, hdr);
		}
	}
}

METHOD(filtermode_monitor_t, destroy, void,
	private_filtermode_monitor_t *this)
{
	lib->watcher->remove(lib->watcher, this->fd);
	close(this->fd);
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

/*
 * Described in header
 */
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
			.destroy = _destroy,
		},
		.fd = fd,
		.table = strdup(table),
		.changed = changed,
		.data = data,
	);
	lib->watcher->add(lib->watcher, fd, WATCHER_READ, receive, this);
	return &this->public;
}
