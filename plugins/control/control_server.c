/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_server.h"
#include "control_client.h"
#include "control_listener.h"

#include <log_limiter.h>
#include <option_value.h>

#include <grp.h>
#include <unistd.h>

#include <collections/array.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_control_server_t private_control_server_t;

struct private_control_server_t {
	control_server_t public;
	options_store_t *store;
	control_dispatcher_t *dispatcher;
	control_listener_t *listener;
	/** whether clients may only read */
	bool readonly;
	/** why it doesn't listen yet, as it was logged last */
	char *problem;
	/** guards what follows */
	mutex_t *mutex;
	/** where it listens, NULL until it does, and for which group */
	char *uri;
	gid_t gid;
	/** control_client_t* */
	array_t *clients;
	/** of lines about clients */
	log_limiter_t *limiter;
};

/**
 * Implementation of control_complain_t.
 */
static void complain(void *data, const char *who, const char *reason)
{
	private_control_server_t *this = data;
	char more[LOG_LIMITER_MORE];

	ref_get(&this->public.stats.disconnected);
	/* by what it says, without numbers */
	if (log_limiter_pass(this->limiter, more, "", "%.*s",
						 (int)strcspn(reason, "0123456789"), reason))
	{
		DBG1(DBG_CFG, "control: disconnected a client (%s) that %s%s", who,
			 reason, more);
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
 * Serve a client, callback of control_listener_create().
 */
static void accept_client(void *data, int fd)
{
	private_control_server_t *this = data;
	control_client_t *client = NULL;
	array_t *gone = array_create(0, 0);
	char more[LOG_LIMITER_MORE];

	ref_get(&this->public.stats.connects);
	this->mutex->lock(this->mutex);
	if (fd >= 0 && make_room(this, gone))
	{
		client = control_client_create(fd, this->dispatcher,
									   this->public.events, complain, this);
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
		ref_get(&this->public.stats.refused);
		if (fd >= 0)
		{
			close(fd);
		}
		if (log_limiter_pass(this->limiter, more, "", "refused"))
		{
			DBG1(DBG_CFG, "control: refused a client, as there are %u or too "
				 "many open files%s", CONTROL_CLIENTS_MAX, more);
		}
	}
}

/**
 * Get the group that may connect, too.
 *
 * @param name		name or number, NULL for charon's
 * @return			FALSE if there is none of this name
 */
static bool get_group(const char *name, gid_t *gid)
{
	char buf[65536];
	struct group group, *found = NULL;
	uint32_t number;

	*gid = lib->caps->get_gid(lib->caps);
	if (!name)
	{
		return TRUE;
	}
	if (option_number_parse(name, 0, UINT32_MAX - 1, &number))
	{
		*gid = number;
		return TRUE;
	}
	if (getgrnam_r(name, &group, buf, sizeof(buf), &found) != 0 || !found)
	{
		return FALSE;
	}
	*gid = found->gr_gid;
	return TRUE;
}

/**
 * Disconnect clients. Called with the lock.
 */
static void disconnect_all(private_control_server_t *this)
{
	enumerator_t *enumerator;
	control_client_t *client;

	enumerator = array_create_enumerator(this->clients);
	while (enumerator->enumerate(enumerator, &client))
	{
		client->disconnect(client);
	}
	enumerator->destroy(enumerator);
}

METHOD(control_server_t, listen_, void,
	private_control_server_t *this, control_settings_t *settings,
	option_errors_t *errors)
{
	char reason[BUF_LEN], *uri, *old, *group;
	const char *key;
	gid_t gid;

	key = this->readonly ? "readonly_socket" : "socket";
	uri = this->readonly ? settings->readonly_socket : settings->socket;
	group = this->readonly ? settings->readonly_group : NULL;
	if (!get_group(group, &gid))
	{
		errors->add(errors, "readonly_group", group, "there is no such group");
		return;
	}
	if (!this->listener->listen(this->listener,
								uri ? uri + strlen(CONTROL_SCHEME) : NULL,
								gid, group != NULL, reason,
								sizeof(reason)))
	{
		errors->add(errors, key, uri, "%s", reason);
		return;
	}
	uri = strdupnull(uri);
	this->mutex->lock(this->mutex);
	old = this->uri;
	if (this->readonly && (!streq(uri, old) || gid != this->gid))
	{	/* who was let in may not be among those who can connect now */
		disconnect_all(this);
	}
	this->uri = uri;
	this->gid = gid;
	this->mutex->unlock(this->mutex);
	free(old);
}

METHOD(control_server_t, get_uri, char*,
	private_control_server_t *this)
{
	char *uri;

	this->mutex->lock(this->mutex);
	uri = strdupnull(this->uri);
	this->mutex->unlock(this->mutex);
	return uri;
}

/**
 * Try to listen if it doesn't, now and whenever control_listener_create() calls
 * it. What is wrong is logged unless it is what was wrong before.
 */
static void try_listen(void *data)
{
	private_control_server_t *this = data;
	control_settings_t *settings;
	option_errors_t *errors;
	enumerator_t *lines;
	char *line;

	this->store->lock(this->store);
	if (!this->uri)
	{
		errors = option_errors_create();
		settings = this->store->get(this->store);
		listen_(this, settings, errors);
		options_unref(settings);
		lines = errors->create_enumerator(errors);
		if (lines->enumerate(lines, &line) && !streq(line, this->problem))
		{
			errors->log(errors, "control", "trying again until it works");
			free(this->problem);
			this->problem = strdup(line);
		}
		lines->destroy(lines);
		errors->destroy(errors);
	}
	this->store->unlock(this->store);
}

/**
 * Callback of a job.
 */
static job_requeue_t start_accepting(private_control_server_t *this)
{
	if (!this->listener->start(this->listener))
	{
		DBG1(DBG_CFG, "control: no client is served, as there are too many "
			 "threads");
	}
	return JOB_REQUEUE_NONE;
}

METHOD(control_server_t, start, void,
	private_control_server_t *this)
{
	try_listen(this);
	lib->processor->queue_job(lib->processor, (job_t*)
			callback_job_create_with_prio((callback_job_cb_t)start_accepting,
										  this, NULL, NULL, JOB_PRIO_CRITICAL));
}

METHOD(control_server_t, destroy, void,
	private_control_server_t *this)
{
	if (this->listener)
	{
		this->listener->stop(this->listener);
	}
	destroy_clients(this->clients);
	if (this->readonly)
	{
		offer_leave();
	}
	else
	{
		offer_detach();
	}
	DESTROY_IF(this->listener);
	this->dispatcher->destroy(this->dispatcher);
	this->public.events->destroy(this->public.events);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this->problem);
	free(this->uri);
	free(this);
}

METHOD(control_server_t, count_clients, u_int,
	private_control_server_t *this)
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

control_server_t *control_server_create(options_store_t *store, bool readonly)
{
	private_control_server_t *this;

	INIT(this,
		.public = {
			.start = _start,
			.listen = _listen_,
			.count_clients = _count_clients,
			.get_uri = _get_uri,
			.destroy = _destroy,
		},
		.store = store,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.clients = array_create(0, 0),
		.limiter = log_limiter_create(),
		.readonly = readonly,
	);
	this->public.events = control_events_create(&this->public.stats);
	this->dispatcher = control_dispatcher_create(this->public.events,
												 &this->public.stats, readonly);
	if (readonly)
	{	/* no events, but the registry has to be there */
		offer_enter();
	}
	else
	{
		offer_attach(&this->public.events->sink);
	}
	this->listener = control_listener_create(accept_client, try_listen,
											 this);
	if (!this->listener)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
