/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_server.h"
#include "control_client.h"
#include "control_listener.h"
#include "control_settings.h"

#include <log_limiter.h>

#include <unistd.h>

#include <collections/array.h>
#include <threading/mutex.h>

typedef struct private_control_server_t private_control_server_t;

struct private_control_server_t {
	control_server_t public;
	options_store_t *store;
	control_stats_t stats;
	control_offer_t offer;
	control_events_t *events;
	control_dispatcher_t *dispatcher;
	control_listener_t *listener;
	/** guards what is in force: one reload at a time */
	mutex_t *reloads;
	/** guards what follows */
	mutex_t *mutex;
	/** where it listens, NULL until it does, and why not where it should, "" if
	 * it does */
	char *uri;
	char problem[BUF_LEN];
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

	ref_get(&this->stats.disconnected);
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

	ref_get(&this->stats.connects);
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
		if (log_limiter_pass(this->limiter, more, "", "refused"))
		{
			DBG1(DBG_CFG, "control: refused a client, as there are %u or too "
				 "many open files%s", CONTROL_CLIENTS_MAX, more);
		}
	}
}

/**
 * Set where it listens, and why it isn't where it should.
 *
 * @param uri		adopted
 */
static void set_place(private_control_server_t *this, char *uri,
					  const char *problem)
{
	char *old;

	this->mutex->lock(this->mutex);
	old = this->uri;
	this->uri = uri;
	snprintf(this->problem, sizeof(this->problem), "%s", problem);
	this->mutex->unlock(this->mutex);
	free(old);
}

/**
 * Listen at the path that is set. What is wrong is logged, unless it is what
 * was wrong the last time and nobody asked to try again.
 *
 * @param asked		whether somebody did
 * @param errors	gets what is wrong after it was logged, may be NULL
 */
static bool start(private_control_server_t *this, bool asked,
				  option_errors_t *errors)
{
	control_settings_t *settings;
	char reason[BUF_LEN], problem[BUF_LEN];
	bool success;

	this->reloads->lock(this->reloads);
	/* not before: they might not be the newest ones any more */
	settings = this->store->get(this->store);
	success = this->listener->listen(this->listener,
							settings->socket + strlen(CONTROL_SCHEME),
							reason, sizeof(reason));
	if (success)
	{
		set_place(this, strdup(settings->socket), "");
	}
	else
	{
		snprintf(problem, sizeof(problem), "socket = \"%s\": %s",
				 settings->socket, reason);
		if (asked || !streq(problem, this->problem))
		{
			DBG1(DBG_CFG, "control: %s; %s", problem, this->uri ?
				 "keeping the previous one" : "trying again until it works");
		}
		set_place(this, strdupnull(this->uri), problem);
		if (errors)
		{
			errors->add(errors, "socket", settings->socket, "%s", reason);
		}
	}
	options_unref(settings);
	this->reloads->unlock(this->reloads);
	return success;
}

/**
 * Implementation of control_offer_t.reload.
 */
static bool reload_offered(void *data, option_errors_t *errors)
{
	private_control_server_t *this = data;

	return this->store->reload(this->store) && start(this, TRUE, errors);
}

METHOD(control_server_t, reload, bool,
	private_control_server_t *this)
{
	return start(this, TRUE, NULL);
}

/**
 * Try again to listen, callback of control_listener_create().
 */
static void retry(void *data)
{
	private_control_server_t *this = data;
	bool tried;

	this->mutex->lock(this->mutex);
	tried = *this->problem;
	this->mutex->unlock(this->mutex);
	if (tried)
	{
		start(this, FALSE, NULL);
	}
}

METHOD(control_server_t, destroy, void,
	private_control_server_t *this)
{
	if (this->listener)
	{
		this->listener->stop(this->listener);
	}
	destroy_clients(this->clients);
	control_registry_remove(&this->offer);
	control_registry_detach();
	DESTROY_IF(this->listener);
	this->dispatcher->destroy(this->dispatcher);
	this->events->destroy(this->events);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	this->reloads->destroy(this->reloads);
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
	this->mutex->lock(this->mutex);
	out->value(out, "socket", "%s", this->uri);
	if (*this->problem)
	{
		out->begin_list(out, "warnings");
		out->item(out, "%s; still on %s", this->problem, this->uri);
		out->end_list(out);
	}
	this->mutex->unlock(this->mutex);
}

control_server_t *control_server_create(options_store_t *store)
{
	private_control_server_t *this;

	INIT(this,
		.public = {
			.reload = _reload,
			.destroy = _destroy,
		},
		.store = store,
		.reloads = mutex_create(MUTEX_TYPE_DEFAULT),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.clients = array_create(0, 0),
		.limiter = log_limiter_create(),
	);
	this->offer = (control_offer_t){
		.plugin = "control",
		.store = store,
		.data = this,
		.status = status,
		.reload = reload_offered,
	};
	this->events = control_events_create(&this->stats);
	this->dispatcher = control_dispatcher_create(this->events, &this->stats);
	control_registry_attach(&this->events->sink);
	control_registry_add(&this->offer);
	this->listener = control_listener_create(accept_client, retry, this);
	if (!this->listener)
	{
		destroy(this);
		return NULL;
	}
	start(this, TRUE, NULL);
	return &this->public;
}
