/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "netlink.h"

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
 * Seconds after which an answer isn't waited for any more. The kernel may have
 * to load modules; else it answers at once, so this only keeps a bug from
 * blocking the daemon.
 */
#define TIMEOUT 10

typedef struct batch_t batch_t;

/**
 * Requests that are sent at once.
 */
struct batch_t {
	int fd;
	/** numbers of the first one: the kernel's and the caller's */
	uint32_t seq;
	u_int first;
	u_int count;
	/** who gets answers */
	netlink_reply_t reply;
	void *data;
	/** number of those that aren't answered, and errno of the others */
	u_int missing;
	int errors[BATCH];
	/** what is sent and received, aligned for headers; as many bytes as the
	 * kernel gives at once, which for its algorithms are 65535 */
	char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * Marks requests that aren't answered.
 */
#define UNANSWERED -1

int netlink_open(int protocol, uint32_t groups)
{
	struct timeval timeout = { .tv_sec = TIMEOUT };
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups = groups,
	};
	int fd, error, on = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0)
	{
		return -1;
	}
	if (bind(fd, (struct sockaddr*)&addr, sizeof(addr)))
	{
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	if (protocol == NETLINK_ROUTE)
	{
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	}
	return fd;
}

/**
 * Receive messages from the kernel.
 *
 * @return			number of bytes, negative errno on failure
 */
static int receive(int fd, void *buf, size_t size, int flags)
{
	struct sockaddr_nl from;
	socklen_t from_len;
	ssize_t len;

	do
	{
		from = (struct sockaddr_nl){};
		from_len = sizeof(from);
		len = recvfrom(fd, buf, size, flags | MSG_TRUNC,
					   (struct sockaddr*)&from, &from_len);
	}
	while (len < 0 ? errno == EINTR : from.nl_pid);
	if (len < 0)
	{
		return -errno;
	}
	return len > size ? -EMSGSIZE : len;
}

/**
 * Handle a message.
 */
static void handle(batch_t *this, struct nlmsghdr *hdr, bool *interrupted)
{
	u_int index = hdr->nlmsg_seq - this->seq;
	int error = UNANSWERED;

	if (index >= this->count || this->errors[index] != UNANSWERED)
	{	/* of an earlier batch, came too late; or nobody cares anymore */
		return;
	}
	*interrupted |= hdr->nlmsg_flags & NLM_F_DUMP_INTR;
	if (hdr->nlmsg_type == NLMSG_DONE || hdr->nlmsg_type == NLMSG_ERROR)
	{
		error = netlink_get_error(hdr) ?: (*interrupted ? EINTR : 0);
	}
	else if (this->reply && !this->reply(this->data, this->first + index, hdr))
	{
		error = 0;
	}
	if (error != UNANSWERED)
	{
		this->errors[index] = error;
		this->missing--;
	}
}

/**
 * Send a batch and wait for its answers.
 *
 * @param size		number of bytes to send
 * @return			0, or errno for those that aren't answered
 */
static int exchange(batch_t *this, size_t size)
{
	struct nlmsghdr *hdr;
	bool interrupted = FALSE;
	int len;

	if (send(this->fd, this->buf, size, 0) < 0)
	{
		return errno;
	}
	while (this->missing)
	{
		len = receive(this->fd, this->buf, sizeof(this->buf), 0);
		if (len < 0)
		{
			return -len;
		}
		for (hdr = (struct nlmsghdr*)this->buf; NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			handle(this, hdr, &interrupted);
		}
	}
	return 0;
}

/**
 * Write a batch.
 *
 * @param count		number of requests that are left
 * @return			number of bytes
 */
static size_t write_batch(batch_t *this, u_int count, netlink_build_t build)
{
	netlink_request_t *request;
	size_t len = 0;
	u_int i;

	this->seq += this->count;
	this->count = this->missing = min(count, BATCH);
	for (i = 0; i < this->count; i++)
	{
		request = (netlink_request_t*)(this->buf + len);
		build(this->data, this->first + i, request);
		request->hdr.nlmsg_flags |= NLM_F_REQUEST;
		if ((request->hdr.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		{
			request->hdr.nlmsg_flags |= NLM_F_ACK;
		}
		request->hdr.nlmsg_seq = this->seq + i;
		len += NLMSG_ALIGN(request->hdr.nlmsg_len);
		this->errors[i] = UNANSWERED;
	}
	return len;
}

void netlink_run(int protocol, u_int count, netlink_build_t build,
				 netlink_reply_t reply, netlink_result_t result, void *data)
{
	batch_t *this;
	int failure;
	size_t len;
	u_int i;

	INIT(this,
		.fd = netlink_open(protocol, 0),
		.seq = 1,
		.reply = reply,
		.data = data,
	);
	failure = this->fd < 0 ? errno : 0;
	for (; this->first < count; this->first += this->count)
	{
		len = write_batch(this, count - this->first, build);
		failure = this->fd < 0 ? failure : exchange(this, len);
		for (i = 0; i < this->count; i++)
		{
			result(data, this->first + i, this->errors[i] == UNANSWERED ?
										  failure : this->errors[i]);
		}
	}
	if (this->fd >= 0)
	{
		close(this->fd);
	}
	free(this);
}

/**
 * A single request.
 */
typedef struct {
	netlink_request_t *request;
	netlink_reply_t reply;
	void *data;
	int error;
} single_t;

/**
 * Implementation of netlink_build_t for a single request.
 */
static void build_single(void *data, u_int index, netlink_request_t *request)
{
	single_t *this = data;

	memcpy(request, this->request, this->request->hdr.nlmsg_len);
}

/**
 * Implementation of netlink_reply_t for a single request.
 */
static bool reply_single(void *data, u_int index, struct nlmsghdr *hdr)
{
	single_t *this = data;

	return !this->reply || this->reply(this->data, index, hdr);
}

/**
 * Implementation of netlink_result_t for a single request.
 */
static void result_single(void *data, u_int index, int error)
{
	single_t *this = data;

	this->error = error;
}

int netlink_ask(int protocol, netlink_request_t *request,
				netlink_reply_t reply, void *data)
{
	single_t this = {
		.request = request,
		.reply = reply,
		.data = data,
	};

	netlink_run(protocol, 1, build_single, reply_single, result_single, &this);
	return this.error;
}

void netlink_read_events(int fd, netlink_event_t event, void *data)
{
	char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *hdr;
	int len;

	while ((len = receive(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0 ||
		   len == -ENOBUFS || len == -EMSGSIZE)
	{
		if (len < 0)
		{
			event(data, NULL);
			continue;
		}
		for (hdr = (struct nlmsghdr*)buf; NLMSG_OK(hdr, len);
			 hdr = NLMSG_NEXT(hdr, len))
		{
			event(data, hdr);
		}
	}
}
