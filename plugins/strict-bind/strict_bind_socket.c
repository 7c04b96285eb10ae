/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_socket.h"
#include "strict_bind_paths.h"
#include "strict_bind_receiver.h"
#include "strict_bind_sender.h"
#include "strict_bind_settings.h"

#include <errno.h>

#include <daemon.h>

typedef struct private_strict_bind_socket_t private_strict_bind_socket_t;

struct private_strict_bind_socket_t {
	strict_bind_socket_t public;
	options_store_t *store;
	strict_bind_ports_t ports;
	/** as configured, 0 for random */
	strict_bind_ports_t configured;
	strict_bind_table_t *table;
	strict_bind_users_t *users;
	strict_bind_receiver_t *receiver;
	strict_bind_sender_t *sender;
	strict_bind_paths_t *paths;
};

METHOD(socket_t, receive, status_t,
	private_strict_bind_socket_t *this, packet_t **packet)
{
	*packet = this->receiver->receive(this->receiver);
	return *packet ? SUCCESS : FAILED;
}

METHOD(socket_t, send_, status_t,
	private_strict_bind_socket_t *this, packet_t *packet)
{
	return this->sender->send(this->sender, packet);
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
	DESTROY_IF(this->sender);
	DESTROY_IF(this->public.monitor);
	DESTROY_IF(this->users);
	DESTROY_IF(this->receiver);
	DESTROY_IF(this->table);
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
	this->sender = strict_bind_sender_create(this->table, this->public.monitor,
											 this->users, ports);
	this->paths = strict_bind_paths_create(store, this->table, this->users,
										   ports);
	return &this->public;
}
