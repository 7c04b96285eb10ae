/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_netlink.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/**
 * Number of requests sent at once. Their answers fit the default receive
 * buffer with room to spare.
 */
#define BATCH 64

/**
 * Seconds after which an answer isn't waited for any more. The kernel answers
 * at once, so this only keeps a bug from blocking the daemon.
 */
#define TIMEOUT 5

typedef struct private_bypass_netlink_t private_bypass_netlink_t;

struct private_bypass_netlink_t {
	bypass_netlink_t public;
	/** socket */
	int fd;
	/** sequence number of the last request */
	uint32_t seq;
	/** what is sent and received, aligned for headers */
	char buf[BATCH * BYPASS_REQUEST_MAX]
									__attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * Receive messages.
 *
 * @return			number of bytes in buf, negative errno on failure
 */
static int receive(private_bypass_netlink_t *this)
{
	ssize_t len;

	do
	{
		len = recv(this->fd, this->buf, sizeof(this->buf), MSG_TRUNC);
	}
	while (len < 0 && errno == EINTR);
	if (len < 0)
	{
		return -errno;
	}
	return len > sizeof(this->buf) ? -EMSGSIZE : len;
}

/**
 * Write a number of requests to the buffer.
 *
 * @return			number of bytes
 */
static size_t build_batch(private_bypass_netlink_t *this, u_int first,
						  u_int count, bypass_netlink_build_t build,
						  void *data)
{
	struct nlmsghdr *hdr;
	size_t len = 0;
	u_int i;

	memset(this->buf, 0, sizeof(this->buf));
	for (i = 0; i < count; i++)
	{
		hdr = (struct nlmsghdr*)(this->buf + len);
		build(data, first + i, hdr);
		hdr->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
		hdr->nlmsg_seq = ++this->seq;
		len += NLMSG_ALIGN(hdr->nlmsg_len);
	}
	return len;
}

/**
 * Wait for the answers to a batch.
 *
 * @param first		number of its first request
 * @param errors	gets errno of each that is answered
 * @return			0, or errno if some aren't
 */
static int collect(private_bypass_netlink_t *this, u_int first, u_int count,
				   bypass_netlink_reply_t reply, void *data, int *errors)
{
	uint32_t index, start = this->seq - count + 1;
	struct nlmsghdr *hdr;
	struct nlmsgerr *error;
	u_int missing = count;
	int len;

	while (missing)
	{
		len = receive(this);
		if (len < 0)
		{
			return -len;
		}
		for (hdr = (struct nlmsghdr*)this->buf; NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			index = hdr->nlmsg_seq - start;
			if (index >= count)
			{	/* of an earlier batch, came too late */
				continue;
			}
			if (hdr->nlmsg_type == NLMSG_ERROR)
			{
				error = NLMSG_DATA(hdr);
				errors[index] = -error->error;
				missing--;
			}
			else if (reply)
			{
				reply(data, first + index, hdr);
			}
		}
	}
	return 0;
}

METHOD(bypass_netlink_t, run, void,
	private_bypass_netlink_t *this, u_int count, bypass_netlink_build_t build,
	bypass_netlink_reply_t reply, bypass_netlink_result_t result, void *data)
{
	int errors[BATCH], failure;
	u_int first, now, i;
	size_t len;

	for (first = 0; first < count; first += now)
	{
		now = min(count - first, BATCH);
		memset(errors, 0xff, sizeof(errors));
		len = build_batch(this, first, now, build, data);
		failure = send(this->fd, this->buf, len, 0) < 0 ? errno
					: collect(this, first, now, reply, data, errors);
		for (i = 0; i < now; i++)
		{
			result(data, first + i, errors[i] == -1 ? failure : errors[i]);
		}
	}
}

METHOD(bypass_netlink_t, dump, int,
	private_bypass_netlink_t *this, uint16_t type, size_t body, uint8_t family,
	bypass_netlink_reply_t reply, void *data)
{
	struct nlmsghdr *hdr = (struct nlmsghdr*)this->buf;
	int len, failure = 0;

	memset(this->buf, 0, NLMSG_SPACE(body));
	hdr->nlmsg_len = NLMSG_LENGTH(body);
	hdr->nlmsg_type = type;
	hdr->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	hdr->nlmsg_seq = ++this->seq;
	*(uint8_t*)NLMSG_DATA(hdr) = family;
	if (send(this->fd, this->buf, hdr->nlmsg_len, 0) < 0)
	{
		return errno;
	}
	while ((len = receive(this)) >= 0)
	{
		for (hdr = (struct nlmsghdr*)this->buf; NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			if (hdr->nlmsg_seq != this->seq)
			{
				continue;
			}
			if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
			{
				failure = EINTR;
			}
			if (hdr->nlmsg_type == NLMSG_DONE)
			{
				return failure;
			}
			if (hdr->nlmsg_type == NLMSG_ERROR)
			{
				return -((struct nlmsgerr*)NLMSG_DATA(hdr))->error;
			}
			reply(data, 0, hdr);
		}
	}
	return -len;
}

METHOD(bypass_netlink_t, destroy, void,
	private_bypass_netlink_t *this)
{
	close(this->fd);
	free(this);
}

bypass_netlink_t *bypass_netlink_create(int protocol)
{
	private_bypass_netlink_t *this;
	struct timeval timeout = { .tv_sec = TIMEOUT };
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0)
	{
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	INIT(this,
		.public = {
			.run = _run,
			.dump = _dump,
			.destroy = _destroy,
		},
		.fd = fd,
	);
	return &this->public;
}
