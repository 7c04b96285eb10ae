/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_server.h"
#include "control_client.h"
#include "control_settings.h"

#include <log_limiter.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <collections/array.h>
#include <threading/mutex.h>

typedef struct private_control_server_t private_control_server_t;

/**
 * Clients that may wait to be accepted.
 */
#define BACKLOG 10

struct private_control_server_t {
	control_server_t public;
	options_store_t *store;
	control_stats_t stats;
	control_offer_t offer;
	control_events_t *events;
	control_dispatcher_t *dispatcher;
	stream_service_t *service;
	/** where it listens */
	char *uri;
	/** guards what follows */
	mutex_t *mutex;
	/** control_client_t* */
	array_t *clients;
	/** of lines about clients, of all kinds */
	log_limiter_t *limiter;
};

/**
 * May a line about a client be logged, or was there one a moment ago?
 *
 * @param missed	gets the number of lines that weren't since the last one
 */
static bool may_log(private_control_server_t *this, u_int *missed)
{
	bool may;

	this->mutex->lock(this->mutex);
	may = this->limiter->pass(this->limiter, "", time_monotonic(NULL), missed);
	this->mutex->unlock(this->mutex);
	return may;
}

/**
 * Implementation of control_complain_t.
 */
static void complain(void *data, const char *who, const char *reason)
{
	private_control_server_t *this = data;
	u_int missed;

	ref_get(&this->stats.disconnected);
	if (may_log(this, &missed))
	{
		DBG1(DBG_CFG, "control: disconnected a client (%s) that %s; %u others "
			 "since the last such line", who, reason, missed);
	}
}

/**
 * Remove clients that are gone. Called with the lock.
 *
 * @param gone		gets clients to be destroyed without the lock
 */
static void remove_gone(private_control_server_t *this, array_t *gone)
{
	enumerator_t *enumerator;
	control_client_t *client;

	enumerator = array_create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		if (client->get_idle(client) == UINT32_MAX)
		{
			array_remove_at(this->clients, enumerator);
			array_insert(gone, ARRAY_TAIL, client);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Have the client disconnected that is idle for the longest time. It isn't
 * waited for: it may have started a command since. Called with the lock.
 *
 * @return			FALSE if none is idle
 */
static bool evict(private_control_server_t *this)
{
	enumerator_t *enumerator;
	control_client_t *client, *candidate = NULL;
	uint32_t idle, longest = 0;

	enumerator = array_create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		idle = client->get_idle(client);
		if (idle > longest)
		{
			longest = idle;
			candidate = client;
		}
	}
	enumerator->destroy(enumerator);
	if (candidate)
	{
		candidate->disconnect(candidate);
	}
	return candidate != NULL;
}

/**
 * Make room for one more client. Called with the lock.
 *
 * @param gone		gets clients to be destroyed without the lock
 * @return			FALSE if there is none
 */
static bool make_room(private_control_server_t *this, array_t *gone)
{
	u_int count;

	remove_gone(this, gone);
	count = array_count(this->clients);
	return count < CONTROL_CLIENTS_MAX ||
		   (count < CONTROL_CLIENTS_MAX * 2 && evict(this));
}

/**
 * Destroy clients.
 */
static void destroy_clients(array_t *clients)
{
	control_client_t *client;

	while (array_remove(clients, ARRAY_TAIL, &client))
	{
		client->destroy(client);
	}
	array_destroy(clients);
}

/**
 * Take a client's socket out of its stream: it can't be polled in there.
 */
static int take_fd(stream_t *stream)
{
	FILE *file;
	int fd = -1;

	file = stream->get_file(stream);
	if (file)
	{
		fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
		fclose(file);
	}
	stream->destroy(stream);
	return fd;
}

/**
 * Serve a client, implementation of stream_service_cb_t.
 */
static bool accept_client(private_control_server_t *this, stream_t *stream)
{
	control_client_t *client = NULL;
	array_t *gone = array_create(0, 0);
	u_int missed;
	int fd;

	ref_get(&this->stats.connects);
	fd = take_fd(stream);
	this->mutex->lock(this->mutex);
	if (fd >= 0 && make_room(this, gone))
	{
		client = control_client_create(fd, this->dispatcher, this->events,
									   complain, this);
		fd = -1;
	}
	if (client)
	{
		array_insert(this->clients, ARRAY_TAIL, client);
	}
	this->mutex->unlock(this->mutex);
	destroy_clients(gone);
	if (!client)
	{
		ref_get(&this->stats.refused);
		if (fd >= 0)
		{
			close(fd);
		}
		if (may_log(this, &missed))
		{
			DBG1(DBG_CFG, "control: refused a client, as there are %u or too "
				 "many open files; %u others since the last such line",
				 CONTROL_CLIENTS_MAX, missed);
		}
	}
	return TRUE;
}

/**
 * Does somebody listen at a path?
 */
static bool is_in_use(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	bool in_use;
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
	{
		return FALSE;
	}
	strncpy(addr.sun_path, path, sizeof(addr.sun_path) - 1);
	in_use = connect(fd, (struct sockaddr*)&addr, sizeof(addr)) == 0 ||
			 errno == EAGAIN;
	close(fd);
	return in_use;
}

/**
 * Is there something that must not be replaced by a socket: anything but one
 * that a daemon has left?
 */
static bool is_taken(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && (!S_ISSOCK(st.st_mode) || is_in_use(path));
}

/**
 * Listen at the path that is set.
 */
static bool start(private_control_server_t *this)
{
	control_settings_t *settings;
	stream_service_t *service = NULL;
	char *uri;

	settings = this->store->get(this->store);
	uri = strdup(settings->socket);
	options_unref(settings);

	if (streq(uri, this->uri))
	{
		free(uri);
		return TRUE;
	}
	if (is_taken(uri + strlen(CONTROL_SCHEME)))
	{
		DBG1(DBG_CFG, "control: socket = \"%s\": something else is or "
			 "listens at this path%s", uri, this->uri ? ", keeping the previous one" : "");
	}
	else
	{
		service = lib->streams->create_service(lib->streams, uri, BACKLOG);
		if (!service)
		{
			DBG1(DBG_CFG, "control: socket = \"%s\": can't listen there, see "
				 "above%s", uri, this->uri ? ", keeping the previous one" : "");
		}
	}
	if (!service)
	{
		free(uri);
		return FALSE;
	}
	DESTROY_IF(this->service);
	free(this->uri);
	this->service = service;
	this->uri = uri;
	/* one at a time, so that a flood doesn't take charon's threads */
	service->on_accept(service, (stream_service_cb_t)accept_client, this,
					   JOB_PRIO_CRITICAL, 1);
	DBG1(DBG_CFG, "control: listening on %s", uri);
	return TRUE;
}

METHOD(control_server_t, reload, bool,
	private_control_server_t *this)
{
	return start(this);
}

METHOD(control_server_t, destroy, void,
	private_control_server_t *this)
{
	DESTROY_IF(this->service);
	destroy_clients(this->clients);
	control_registry_remove(&this->offer);
	control_registry_detach();
	this->dispatcher->destroy(this->dispatcher);
	this->events->destroy(this->events);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this->uri);
	free(this);
}

/**
 * Number of clients that are connected.
 */
static u_int count_clients(private_control_server_t *this)
{
	enumerator_t *enumerator;
	control_client_t *client;
	u_int count = 0;

	this->mutex->lock(this->mutex);
	enumerator = array_create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		count += client->get_idle(client) != UINT32_MAX;
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return count;
}

/**
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_control_server_t *this = data;

	out->value(out, "clients", "%u", count_clients(this));
	out->value(out, "registrations", "%u",
			   this->events->get_count(this->events));
}

/*
 * Described in header
 */
control_server_t *control_server_create(options_store_t *store)
{
	private_control_server_t *this;

	INIT(this,
		.public = {
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.clients = array_create(0, 0),
		.limiter = log_limiter_create(),
	);
	this->offer = (control_offer_t){
		.plugin = "control",
		.store = store,
		.data = this,
		.status = status,
	};
	this->events = control_events_create(&this->stats);
	this->dispatcher = control_dispatcher_create(this->events, &this->stats);
	control_registry_attach(&this->events->sink);
	control_registry_add(&this->offer);
	if (!start(this))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
