/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_receiver.h"
#include "log_limiter.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <threading/thread.h>

typedef struct private_strict_bind_receiver_t private_strict_bind_receiver_t;
typedef struct slot_t slot_t;

/**
 * Datagrams that are read with one call.
 */
#define BATCH 32

/**
 * Sockets that are looked at between two calls of epoll_wait().
 */
#define READY 64

/**
 * Where a datagram's source and data go.
 */
struct slot_t {
	union {
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} src;
	struct iovec data;
};

struct private_strict_bind_receiver_t {
	strict_bind_receiver_t public;
	strict_bind_table_t *table;
	size_t max_packet;
	log_limiter_t *limiter;
	/** sockets that have datagrams, and the next one to read */
	struct epoll_event ready[READY];
	int ready_count;
	int ready_next;
	/** datagrams read, and the next one to hand out */
	struct mmsghdr msgs[BATCH];
	slot_t slots[BATCH];
	int count;
	int next;
	/** where they were sent to */
	host_t *dst;
	/** socket they came in by, and whether others have the same address */
	uint64_t id;
	bool shared;
	uint8_t *buffers;
};

/**
 * Wait for sockets that have datagrams.
 */
static bool wait_ready(private_strict_bind_receiver_t *this)
{
	bool oldstate;
	int count;

	oldstate = thread_cancelability(TRUE);
	count = this->table->wait(this->table, this->ready, READY);
	thread_cancelability(oldstate);
	this->ready_next = 0;
	this->ready_count = max(count, 0);
	return count >= 0 || errno == EINTR;
}

/**
 * Read a batch from the next socket.
 */
static void read_batch(private_strict_bind_receiver_t *this)
{
	uint64_t id = this->ready[this->ready_next++].data.u64;
	strict_bind_endpoint_t *endpoint;
	char more[LOG_LIMITER_MORE];
	const char *reason;
	int i;

	endpoint = this->table->get(this->table, id, &this->shared);
	if (!endpoint)
	{
		return;
	}
	for (i = 0; i < BATCH; i++)
	{
		this->msgs[i].msg_hdr.msg_namelen = sizeof(this->slots[i].src);
	}
	this->next = 0;
	this->count = recvmmsg(endpoint->fd, this->msgs, BATCH, MSG_DONTWAIT, NULL);
	if (this->count < 0)
	{
		this->count = 0;
		reason = strerror(errno);
		if (errno != EAGAIN && errno != EINTR &&
			log_limiter_pass(this->limiter, more, "times", "%s", reason))
		{
			DBG1(DBG_NET, "strict-bind: error reading from %#H: %s%s",
				 endpoint->target.host, reason, more);
		}
	}
	if (this->count)
	{
		DESTROY_IF(this->dst);
		this->dst = endpoint->target.host->clone(endpoint->target.host);
		this->id = id;
	}
	if (this->count == BATCH)
	{
		this->table->rearm(this->table, id, endpoint);
	}
	endpoint->destroy(endpoint);
}

/**
 * Make a packet of the next datagram, if it is complete.
 */
static packet_t *next_packet(private_strict_bind_receiver_t *this)
{
	struct mmsghdr *msg = &this->msgs[this->next];
	slot_t *slot = &this->slots[this->next++];
	chunk_t data = chunk_create(slot->data.iov_base, msg->msg_len);
	char more[LOG_LIMITER_MORE];
	host_t *src;

	src = host_create_from_sockaddr((sockaddr_t*)&slot->src);
	if (msg->msg_hdr.msg_flags & MSG_TRUNC)
	{
		if (log_limiter_pass(this->limiter, more, "", "truncated"))
		{
			DBG1(DBG_NET, "strict-bind: dropped a datagram of more than %zu "
				 "bytes from %#H to %#H%s; see %s.max_packet", this->max_packet,
				 src, this->dst, more, lib->ns);
		}
		src->destroy(src);
		return NULL;
	}
	if (this->shared)
	{
		this->table->arrived(this->table, this->id, src);
	}
	DBG2(DBG_NET, "received packet: from %#H to %#H", src, this->dst);
	DBG3(DBG_NET, "received packet %B", &data);
	return packet_create_from_data(src, this->dst->clone(this->dst),
								   chunk_clone(data));
}

METHOD(strict_bind_receiver_t, receive, packet_t*,
	private_strict_bind_receiver_t *this)
{
	packet_t *packet = NULL;

	while (!packet)
	{
		if (this->next < this->count)
		{
			packet = next_packet(this);
		}
		else if (this->ready_next < this->ready_count)
		{
			read_batch(this);
		}
		else if (!wait_ready(this))
		{
			return NULL;
		}
	}
	return packet;
}

METHOD(strict_bind_receiver_t, destroy, void,
	private_strict_bind_receiver_t *this)
{
	this->limiter->destroy(this->limiter);
	DESTROY_IF(this->dst);
	free(this->buffers);
	free(this);
}

strict_bind_receiver_t *strict_bind_receiver_create(strict_bind_table_t *table,
													size_t max_packet)
{
	private_strict_bind_receiver_t *this;
	slot_t *slot;
	int i;

	INIT(this,
		.public = {
			.receive = _receive,
			.destroy = _destroy,
		},
		.table = table,
		.max_packet = max_packet,
		.limiter = log_limiter_create(),
		.buffers = malloc(BATCH * max_packet),
	);
	for (i = 0; i < BATCH; i++)
	{
		slot = &this->slots[i];
		slot->data.iov_base = this->buffers + i * max_packet;
		slot->data.iov_len = max_packet;
		this->msgs[i].msg_hdr.msg_name = &slot->src;
		this->msgs[i].msg_hdr.msg_iov = &slot->data;
		this->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return &this->public;
}
