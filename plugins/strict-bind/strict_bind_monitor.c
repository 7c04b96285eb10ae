/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "strict_bind_monitor.h"
#include "strict_bind_connections.h"
#include "strict_bind_local.h"
#include "strict_bind_routes.h"

#include <errno.h>

#include <daemon.h>
#include <link_monitor.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_strict_bind_monitor_t private_strict_bind_monitor_t;

/**
 * Time events are collected for, as they come in bursts, in ms.
 */
#define EVENT_DELAY 20

/**
 * Time after which connections are looked at again, in ms.
 */
#define POLL_INTERVAL 500

/**
 * Polls after which what failed is tried again, at most.
 */
#define RETRY_POLLS_MAX 4

/**
 * Polls for which nothing may be bound before that is logged: connections are
 * loaded after the start, and what moves has an address again at once.
 */
#define IDLE_POLLS 4

struct private_strict_bind_monitor_t {
	strict_bind_monitor_t public;
	options_store_t *store;
	strict_bind_table_t *table;
	strict_bind_users_t *users;
	/** tells about changes of interfaces and addresses */
	link_monitor_t *links;
	/** guards what follows, and is held while sockets are opened and closed */
	mutex_t *mutex;
	strict_bind_binder_t *binder;
	strict_bind_connections_t *connections;
	/** why addresses can't be listed, as errno; 0 if they can be */
	int unlisted;
	/** what was logged to be waited for, "" for nothing */
	char missing[BUF_LEN];
	/** polls until what failed is tried again, doubled each time, and those
	 * that are left; 0 if nothing failed */
	u_int retry;
	u_int retry_left;
	/** whether nothing is bound, and polls until that is logged */
	bool idle;
	u_int idle_left;
};

/**
 * Log what is waited for, if that changed.
 */
static void log_missing(private_strict_bind_monitor_t *this,
						strict_bind_wanted_t *wanted)
{
	char missing[sizeof(this->missing)];

	wanted->describe_missing(wanted, missing, sizeof(missing));
	if (*missing && !streq(missing, this->missing))
	{
		DBG1(DBG_NET, "strict-bind: waiting for %s", missing);
	}
	strcpy(this->missing, missing);
}

/**
 * Find out whether anything is bound.
 */
static void note_idle(private_strict_bind_monitor_t *this)
{
	bool idle = !this->table->get_count(this->table);

	if (idle != this->idle)
	{
		this->idle = idle;
		this->idle_left = idle ? IDLE_POLLS : 0;
	}
}

/**
 * Want an address that an IKE_SA uses.
 */
static void want(void *data, host_t *host)
{
	strict_bind_wanted_t *wanted = data;

	wanted->add_host(wanted, host);
}

/**
 * Open and close sockets as required. Called with the lock.
 *
 * @return		FALSE if something failed
 */
static bool follow(private_strict_bind_monitor_t *this,
				   strict_bind_settings_t *settings)
{
	strict_bind_wanted_t *wanted;
	array_t *locals, *selected;
	bool complete;

	locals = strict_bind_local_list();
	if (!locals)
	{	/* nothing is known, so nothing may change */
		if (errno != this->unlisted)
		{
			this->unlisted = errno;
			DBG1(DBG_NET, "strict-bind: can't list local addresses: %s; "
				 "keeping the sockets, trying again until it works",
				 strerror(errno));
		}
		return FALSE;
	}
	this->unlisted = 0;
	wanted = strict_bind_wanted_create(settings);
	if (settings->automatic)
	{
		this->connections->add(this->connections, settings, wanted);
		this->users->list(this->users, want, wanted);
	}
	selected = array_create(0, 0);
	wanted->select(wanted, locals, selected);
	complete = this->binder->bind(this->binder, settings, selected);
	note_idle(this);
	log_missing(this, wanted);

	array_destroy(selected);
	wanted->destroy(wanted);
	strict_bind_local_destroy(locals);
	return complete;
}

/**
 * Open and close sockets as required, or find out if there is something to do.
 */
static void update(private_strict_bind_monitor_t *this, bool polled)
{
	strict_bind_settings_t *settings;
	bool due = TRUE;

	this->mutex->lock(this->mutex);
	/* with the lock: else older ones might be put in force after newer ones */
	settings = this->store->get(this->store);
	if (polled)
	{
		this->users->expire(this->users, time_monotonic(NULL));
		due = this->retry_left && !--this->retry_left;
		due |= settings->automatic &&
			   (this->users->changed(this->users) ||
				this->connections->changed(this->connections));
	}
	else
	{
		this->retry = 0;
	}
	if (due)
	{
		this->retry = follow(this, settings) ? 0 :
							min(this->retry * 2 ?: 1, RETRY_POLLS_MAX);
		this->retry_left = this->retry;
	}
	if (polled && this->idle_left && !--this->idle_left)
	{
		DBG1(DBG_NET, "strict-bind: nothing is bound, charon can't be reached; "
			 "waiting for addresses that strict-bind.interfaces, addresses or "
			 "auto ask for");
	}
	this->mutex->unlock(this->mutex);
	options_unref(settings);
}

METHOD(strict_bind_monitor_t, refresh, void,
	private_strict_bind_monitor_t *this)
{
	update(this, FALSE);
}

/**
 * Job: look at what isn't announced.
 */
static job_requeue_t poll_job(private_strict_bind_monitor_t *this)
{
	update(this, TRUE);
	return JOB_RESCHEDULE_MS(POLL_INTERVAL);
}

/**
 * Something came or went, callback of the link monitor.
 */
static void changed(void *data)
{
	private_strict_bind_monitor_t *this = data;

	/* routes may have changed, too */
	this->mutex->lock(this->mutex);
	this->connections->forget(this->connections, FALSE);
	this->mutex->unlock(this->mutex);
	refresh(this);
}

METHOD(strict_bind_monitor_t, reload, void,
	private_strict_bind_monitor_t *this)
{
	this->mutex->lock(this->mutex);
	this->connections->forget(this->connections, TRUE);
	*this->missing = '\0';
	this->mutex->unlock(this->mutex);
	refresh(this);
}

METHOD(strict_bind_monitor_t, list, void,
	private_strict_bind_monitor_t *this, strict_bind_list_t cb, void *data,
	char *missing, size_t len)
{
	this->mutex->lock(this->mutex);
	this->binder->list(this->binder, cb, data);
	snprintf(missing, len, "%s", this->missing);
	this->mutex->unlock(this->mutex);
}

METHOD(strict_bind_monitor_t, destroy, void,
	private_strict_bind_monitor_t *this)
{
	DESTROY_IF(this->links);
	this->binder->destroy(this->binder);
	this->connections->destroy(this->connections);
	this->mutex->destroy(this->mutex);
	free(this);
}

strict_bind_monitor_t *strict_bind_monitor_create(options_store_t *store,
												  strict_bind_table_t *table,
												  strict_bind_users_t *users,
												  strict_bind_ports_t ports)
{
	private_strict_bind_monitor_t *this;

	INIT(this,
		.public = {
			.refresh = _refresh,
			.reload = _reload,
			.list = _list,
			.destroy = _destroy,
		},
		.store = store,
		.table = table,
		.users = users,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.binder = strict_bind_binder_create(table, ports),
		.connections = strict_bind_connections_create(),
	);
	/* watched before the first look, so that nothing is missed in between */
	this->links = link_monitor_create(
						RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
						RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
						RTMGRP_IPV4_RULE | 1 << (RTNLGRP_IPV6_RULE - 1),
						strict_bind_routes_matter, EVENT_DELAY, changed, this);
	if (!this->links)
	{
		DBG1(DBG_NET, "strict-bind: can't watch interfaces: %s",
			 strerror(errno));
		destroy(this);
		return NULL;
	}
	refresh(this);
	lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)
			callback_job_create((callback_job_cb_t)poll_job, this, NULL, NULL),
			POLL_INTERVAL);
	return &this->public;
}
