/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_socket.h"
#include "strict_bind_paths.h"
#include "strict_bind_receiver.h"
#include "strict_bind_settings.h"

#include <errno.h>

#include <daemon.h>
#include <log_limiter.h>
#include <processing/jobs/callback_job.h>

/**
 * Offsets in the header of an IKE message, RFC 7296 section 3.1.
 */
#define OFFSET_VERSION 17
#define OFFSET_FLAGS 19
#define FLAG_INITIATOR 0x08

typedef struct private_strict_bind_socket_t private_strict_bind_socket_t;
typedef struct unbound_t unbound_t;

struct private_strict_bind_socket_t {
	strict_bind_socket_t public;
	options_store_t *store;
	strict_bind_ports_t ports;
	/** as configured, 0 for random */
	strict_bind_ports_t configured;
	strict_bind_table_t *table;
	strict_bind_users_t *users;
	strict_bind_receiver_t *receiver;
	strict_bind_paths_t *paths;
	/** limits what is logged about packets, for the thread that sends */
	log_limiter_t *limiter;
	/** second in which the sockets were last looked at for a packet: once is
	 * enough unless IKE_SAs need something else; for the thread that sends */
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

METHOD(socket_t, receive, status_t,
	private_strict_bind_socket_t *this, packet_t **packet)
{
	*packet = this->receiver->receive(this->receiver);
	return *packet ? SUCCESS : FAILED;
}

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
static void report_unbound(private_strict_bind_socket_t *this,
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
static strict_bind_endpoint_t *find(private_strict_bind_socket_t *this,
									packet_t *packet, bool natt)
{
	host_t *src = packet->get_source(packet);
	host_t *dst = packet->get_destination(packet), *from = NULL;
	strict_bind_endpoint_t *endpoint;

	if (src->is_anyaddr(src))
	{
		from = charon->kernel->get_source_addr(charon->kernel, dst, NULL) ?:
			   host_create_any(dst->get_family(dst));
	}
	endpoint = this->table->find(this->table, from ?: src,
								 natt ? this->ports.natt : this->ports.ike,
								 dst, natt);
	DESTROY_IF(from);
	return endpoint;
}

/**
 * Log that a packet couldn't be sent from a socket.
 */
static void log_error(private_strict_bind_socket_t *this, packet_t *packet,
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

METHOD(socket_t, send_, status_t,
	private_strict_bind_socket_t *this, packet_t *packet)
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
		this->public.monitor->refresh(this->public.monitor);
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

METHOD(socket_t, get_port, uint16_t,
	private_strict_bind_socket_t *this, bool nat_t)
{
	return nat_t ? this->ports.natt : this->ports.ike;
}

METHOD(socket_t, supported_families, socket_family_t,
	private_strict_bind_socket_t *this)
{
	strict_bind_settings_t *settings = this->store->get(this->store);
	socket_family_t families;

	if (settings->automatic)
	{	/* the first connection of a family must not be refused */
		families = settings->use_ipv4 ? SOCKET_FAMILY_IPV4 : 0;
		families |= settings->use_ipv6 ? SOCKET_FAMILY_IPV6 : 0;
	}
	else
	{
		families = this->table->get_families(this->table);
	}
	options_unref(settings);
	return families;
}

METHOD(strict_bind_socket_t, reload, void,
	private_strict_bind_socket_t *this)
{
	strict_bind_ports_t ports;

	if (strict_bind_ports_load(lib->settings, lib->ns, &ports) &&
		(ports.ike != this->configured.ike ||
		 ports.natt != this->configured.natt))
	{
		DBG1(DBG_CFG, "strict-bind: %s.port and port_nat_t stay %u and %u "
			 "until the next start", lib->ns, this->ports.ike,
			 this->ports.natt);
	}
	this->public.monitor->reload(this->public.monitor);
}

METHOD(socket_t, destroy, void,
	private_strict_bind_socket_t *this)
{
	DESTROY_IF(this->paths);
	DESTROY_IF(this->public.monitor);
	DESTROY_IF(this->users);
	DESTROY_IF(this->receiver);
	DESTROY_IF(this->table);
	this->limiter->destroy(this->limiter);
	free(this);
}

/**
 * Are we and will we be allowed to bind a port, after dropping privileges?
 */
static bool may_bind(strict_bind_ports_t *ports)
{
	if ((ports->ike >= 1024 || !ports->ike) &&
		(ports->natt >= 1024 || !ports->natt))
	{
		return TRUE;
	}
	if (!lib->caps->keep(lib->caps, CAP_NET_BIND_SERVICE))
	{
		DBG1(DBG_NET, "strict-bind: not started, as %s.port = %u and "
			 "port_nat_t = %u take the capability CAP_NET_BIND_SERVICE; set "
			 "ports from 1024 on, or start charon with it", lib->ns, ports->ike,
			 ports->natt);
		return FALSE;
	}
	return TRUE;
}

strict_bind_socket_t *strict_bind_socket_create(options_store_t *store)
{
	private_strict_bind_socket_t *this;
	strict_bind_ports_t ports, configured;

	if (!strict_bind_ports_load(lib->settings, lib->ns, &ports) ||
		!may_bind(&ports))
	{
		return NULL;
	}
	configured = ports;
	if (!strict_bind_ports_choose(&ports))
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.socket = {
				.receive = _receive,
				.send = _send_,
				.get_port = _get_port,
				.supported_families = _supported_families,
				.destroy = _destroy,
			},
			.reload = _reload,
		},
		.store = store,
		.ports = ports,
		.configured = configured,
		.table = strict_bind_table_create(),
		.limiter = log_limiter_create(),
	);
	if (!this->table)
	{
		DBG1(DBG_NET, "strict-bind: not started, can't poll sockets: %s",
			 strerror(errno));
		destroy(this);
		return NULL;
	}
	this->receiver = strict_bind_receiver_create(this->table,
			lib->settings->get_int(lib->settings, "%s.max_packet",
								   PACKET_MAX_DEFAULT, lib->ns));
	this->users = strict_bind_users_create();
	this->public.monitor = strict_bind_monitor_create(store, this->table,
													  this->users, ports);
	if (!this->public.monitor)
	{
		destroy(this);
		return NULL;
	}
	this->paths = strict_bind_paths_create(store, this->table, this->users,
										   ports);
	return &this->public;
}
