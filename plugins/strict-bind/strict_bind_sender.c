/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_sender.h"
#include "log_limiter.h"

#include <errno.h>

#include <daemon.h>
#include <processing/jobs/callback_job.h>

typedef struct private_strict_bind_sender_t private_strict_bind_sender_t;
typedef struct unbound_t unbound_t;

/**
 * Offsets in the header of an IKE message, RFC 7296 section 3.1.
 */
#define OFFSET_VERSION 17
#define OFFSET_FLAGS 19
#define FLAG_INITIATOR 0x08

struct private_strict_bind_sender_t {
	strict_bind_sender_t public;
	strict_bind_table_t *table;
	strict_bind_monitor_t *monitor;
	strict_bind_users_t *users;
	strict_bind_ports_t ports;
	log_limiter_t *limiter;
	/** second in which the sockets were last looked at for a packet: once is
	 * enough unless IKE_SAs need something else */
	time_t refreshed;
};

/**
 * A packet that couldn't be sent.
 */
struct unbound_t {
	packet_t *packet;
	/** what to log about those before it that weren't logged */
	char more[LOG_LIMITER_MORE];
};

/**
 * Destroy an unbound_t.
 */
static void unbound_destroy(unbound_t *this)
{
	this->packet->destroy(this->packet);
	free(this);
}

/**
 * Find the IKE_SA that a packet belongs to.
 */
static ike_sa_id_t *parse_ike_sa_id(packet_t *packet)
{
	chunk_t data = packet->get_data(packet);
	uint64_t spis[2];

	/* the non-ESP marker, RFC 3948 section 2.2 */
	if (data.len > 4 && !memcmp(data.ptr, "\0\0\0\0", 4))
	{
		data = chunk_skip(data, 4);
	}
	if (data.len < IKE_HEADER_LENGTH)
	{
		return NULL;
	}
	memcpy(spis, data.ptr, sizeof(spis));
	return ike_sa_id_create(data.ptr[OFFSET_VERSION] >> 4, spis[0], spis[1],
							data.ptr[OFFSET_FLAGS] & FLAG_INITIATOR);
}

/**
 * Job: log that a packet couldn't be sent. Not done by the sender, as the
 * IKE_SA may be in use for a while.
 */
static job_requeue_t log_unbound(unbound_t *this)
{
	host_t *src = this->packet->get_source(this->packet);
	ike_sa_t *ike_sa = NULL;
	ike_sa_id_t *id;
	char name[BUF_LEN] = "a connection";

	id = parse_ike_sa_id(this->packet);
	if (id)
	{
		ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
		id->destroy(id);
	}
	if (ike_sa)
	{
		snprintf(name, sizeof(name), "connection '%s'",
				 ike_sa->get_name(ike_sa));
	}
	DBG1(DBG_NET, "strict-bind: %s sends from %#H to %#H, but that address "
		 "isn't bound%s; add it to strict-bind.addresses, or set the "
		 "connection's local_addrs", name, src,
		 this->packet->get_destination(this->packet), this->more);
	if (ike_sa)
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Report a packet that couldn't be sent, unless one from there was just now.
 */
static void report_unbound(private_strict_bind_sender_t *this,
						   packet_t *packet)
{
	unbound_t *unbound;

	INIT(unbound);
	if (!log_limiter_pass(this->limiter, unbound->more, "packets", "%#H",
						  packet->get_source(packet)))
	{
		free(unbound);
		return;
	}
	unbound->packet = packet->clone(packet);
	lib->processor->queue_job(lib->processor,
		(job_t*)callback_job_create((callback_job_cb_t)log_unbound, unbound,
									(callback_job_cleanup_t)unbound_destroy,
									NULL));
}

/**
 * Find the socket to send a packet from.
 */
static strict_bind_endpoint_t *find(private_strict_bind_sender_t *this,
									packet_t *packet, bool natt)
{
	host_t *src = packet->get_source(packet);
	host_t *dst = packet->get_destination(packet), *from;
	strict_bind_endpoint_t *endpoint = NULL;

	from = src->clone(src);
	if (src->is_anyaddr(src))
	{
		from->destroy(from);
		from = charon->kernel->get_source_addr(charon->kernel, dst, NULL);
		if (!from)
		{
			from = host_create_any(dst->get_family(dst));
		}
	}
	from->set_port(from, natt ? this->ports.natt : this->ports.ike);
	endpoint = this->table->find(this->table, from, dst, natt);
	from->destroy(from);
	return endpoint;
}

/**
 * Log that a packet couldn't be sent from a socket.
 */
static void log_error(private_strict_bind_sender_t *this, packet_t *packet,
					  int error)
{
	char more[LOG_LIMITER_MORE];

	if (log_limiter_pass(this->limiter, more, "times", "%s", strerror(error)))
	{
		DBG1(DBG_NET, "strict-bind: error sending from %#H to %#H: %s%s",
			 packet->get_source(packet), packet->get_destination(packet),
			 strerror(error), more);
	}
}

METHOD(strict_bind_sender_t, send_, status_t,
	private_strict_bind_sender_t *this, packet_t *packet)
{
	host_t *src = packet->get_source(packet);
	strict_bind_endpoint_t *endpoint;
	uint16_t port = src->get_port(src);
	status_t status = SUCCESS;
	time_t now;

	DBG2(DBG_NET, "sending packet: from %#H to %#H", src,
		 packet->get_destination(packet));

	if (port && port != this->ports.ike && port != this->ports.natt)
	{
		report_unbound(this, packet);
		return FAILED;
	}
	endpoint = find(this, packet, port == this->ports.natt);
	now = time_monotonic(NULL);
	if (!endpoint &&
		(now != this->refreshed || this->users->changed(this->users)))
	{
		this->refreshed = now;
		this->monitor->refresh(this->monitor);
		endpoint = find(this, packet, port == this->ports.natt);
	}
	if (!endpoint)
	{
		report_unbound(this, packet);
		return FAILED;
	}
	if (!endpoint->send(endpoint, packet))
	{
		log_error(this, packet, errno);
		status = FAILED;
	}
	endpoint->destroy(endpoint);
	return status;
}

METHOD(strict_bind_sender_t, destroy, void,
	private_strict_bind_sender_t *this)
{
	this->limiter->destroy(this->limiter);
	free(this);
}

strict_bind_sender_t *strict_bind_sender_create(strict_bind_table_t *table,
												strict_bind_monitor_t *monitor,
												strict_bind_users_t *users,
												strict_bind_ports_t ports)
{
	private_strict_bind_sender_t *this;

	INIT(this,
		.public = {
			.send = _send_,
			.destroy = _destroy,
		},
		.table = table,
		.monitor = monitor,
		.users = users,
		.ports = ports,
		.limiter = log_limiter_create(),
	);
	return &this->public;
}
