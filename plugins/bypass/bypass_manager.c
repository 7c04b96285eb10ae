/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_manager.h"
#include "bypass_events.h"
#include "bypass_kernel.h"
#include "bypass_notices.h"
#include "bypass_planner.h"
#include "bypass_routing.h"
#include "bypass_runtime.h"
#include "bypass_view.h"

#include <daemon.h>
#include <link_monitor.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <errno.h>
#include <time.h>

typedef struct private_bypass_manager_t private_bypass_manager_t;

struct private_bypass_manager_t {
	bypass_manager_t public;
	/** settings in force */
	options_store_t *store;
	/** Held while interfaces are read and what follows from them is put in
	 * force, so that what was read later isn't overwritten by what was read
	 * earlier. Taken before mutex. */
	mutex_t *reading;
	/** routes that say what is a LAN */
	bypass_routing_t *routing;
	/** policies and routes, protected by mutex */
	bypass_kernel_t *kernel;
	/** what is in the kernel, NULL until it was planned first, protected by
	 * mutex */
	bypass_plan_t *plan;
	/** rules that were added at run time, of bypass_request_t*,
	 * protected by reading */
	array_t *runtime;
	/** what was changed since the start, and what failed the last time,
	 * protected by mutex */
	bypass_changes_t changes;
	/** charon's routing table, and whether it isn't one of its own, so that our
	 * routes would take away those of others */
	uint32_t table;
	bool shared;
	/** Why interfaces can't be read, as errno; 0 if they can be. Protected by
	 * reading. */
	int unread;
	/** whether a job is to read them again, protected by mutex */
	bool again;
	/** what was logged about local subnets, protected by mutex */
	char lan[2048];
	/** lock for these, not held while the kernel is asked for what there is */
	mutex_t *mutex;
	/** what is shown among shunts */
	bypass_view_t *view;
	/** charon's own shunt manager */
	shunt_manager_t *shunts;
	/** tells about changes of interfaces */
	link_monitor_t *monitor;
};

/**
 * Time for changes of interfaces to settle, in milliseconds.
 */
#define EVENT_DELAY 50

/**
 * Time after which interfaces are read again if they couldn't be, in
 * milliseconds.
 */
#define RETRY_DELAY 1000

/**
 * Bit of a group of events.
 */
#define GROUP(group) (1U << ((group) - 1))

/**
 * Charon's default for routing_table.
 */
#define ROUTING_TABLE 220

/**
 * Get the table that charon installs routes in.
 *
 * @return			0 if it doesn't
 */
static uint32_t get_routing_table(void)
{
	if (!lib->settings->get_bool(lib->settings, "%s.install_routes", TRUE,
								 lib->ns))
	{
		return 0;
	}
	return lib->settings->get_int(lib->settings, "%s.routing_table",
								  ROUTING_TABLE, lib->ns);
}

static job_requeue_t read_again(private_bypass_manager_t *this);

/**
 * Have interfaces read again after some time, unless that is going to be done.
 */
static void schedule_again(private_bypass_manager_t *this, u_int wait)
{
	bool before;

	this->mutex->lock(this->mutex);
	before = this->again;
	this->again = TRUE;
	this->mutex->unlock(this->mutex);
	if (!before)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler, (job_t*)
				callback_job_create((callback_job_cb_t)read_again, this, NULL,
									NULL), wait);
	}
}

/**
 * Read interfaces, which is tried again until it works. Called with the lock
 * for that.
 *
 * @return			array of bypass_link_t, NULL after logging that it failed
 */
static array_t *read_links(private_bypass_manager_t *this)
{
	array_t *links;
	u_int wait = 0;

	links = bypass_links_read(this->routing, &wait);
	if (!links)
	{
		if (errno != this->unread)
		{
			DBG1(DBG_KNL, "bypass: reading interfaces failed: %s; keeping the "
				 "policies, trying again until it works", strerror(errno));
		}
		this->unread = errno;
		wait = RETRY_DELAY;
	}
	else
	{
		this->unread = 0;
	}
	if (wait)
	{
		schedule_again(this, wait);
	}
	return links;
}

/**
 * Make a plan for now. Called with the lock for reading.
 *
 * @return			NULL if that isn't possible, after logging why
 */
static bypass_plan_t *make_plan(private_bypass_manager_t *this)
{
	bypass_settings_t *settings;
	bypass_plan_t *plan;
	array_t *links;

	links = read_links(this);
	if (!links)
	{
		return NULL;
	}
	settings = this->store->get(this->store);
	plan = bypass_plan_create(settings, this->runtime, links);
	options_unref(settings);
	array_destroy(links);
	if (!plan)
	{
		DBG1(DBG_CFG, "bypass: rules with %%interface make more than %u "
			 "policies with the subnets there are now; keeping the previous "
			 "policies", BYPASS_POLICIES_MAX);
	}
	else if (this->shared)
	{
		bypass_notices_add(plan->notices, "%s.routing_table = %u isn't a table "
						   "of charon's own, so there are no routes for what "
						   "is excluded; set one, such as %u", lib->ns,
						   this->table, ROUTING_TABLE);
	}
	return plan;
}

/**
 * Log which subnets are excluded if that isn't what it was, mutex held.
 */
static void log_lan(private_bypass_manager_t *this, bypass_plan_t *plan)
{
	char line[sizeof(this->lan)];

	bypass_plan_describe_lan(plan, line, sizeof(line));
	if (*line && !streq(line, this->lan))
	{
		DBG1(DBG_CFG, "bypass: local subnets %s", line);
	}
	strcpy(this->lan, line);
}

/**
 * Put a plan in force, mutex held.
 *
 * @param verbose	TRUE to log even if nothing changed
 */
static void apply(private_bypass_manager_t *this, bypass_plan_t *plan,
				  bool verbose)
{
	bypass_changes_t changes;

	bypass_notices_log(plan->notices, this->plan ? this->plan->notices : NULL);
	log_lan(this, plan);
	changes = this->kernel->apply(this->kernel, plan);
	this->changes.added += changes.added;
	this->changes.removed += changes.removed;
	this->changes.failed = changes.failed;
	bypass_tell_changed(this->plan, plan, &changes);
	if (verbose || changes.added || changes.removed || changes.failed)
	{
		DBG1(DBG_CFG, "bypass: %u policies for %u rules and %u local subnets, "
			 "%u added, %u removed", this->kernel->get_count(this->kernel),
			 plan->rules, plan->subnets, changes.added, changes.removed);
	}
	this->view->set(this->view, plan);
	bypass_plan_unref(this->plan);
	this->plan = plan;
}

/**
 * Log that something is added again.
 */
static void log_again(u_int count, const char *what)
{
	if (count)
	{
		DBG1(DBG_CFG, "bypass: %u %s had been removed by somebody else, added "
			 "again", count, what);
	}
}

/**
 * Make the kernel follow settings and interfaces.
 */
static void update(private_bypass_manager_t *this, bool verbose)
{
	bypass_plan_t *plan;

	this->reading->lock(this->reading);
	plan = make_plan(this);
	if (plan)
	{
		this->mutex->lock(this->mutex);
		if (this->routing->lost(this->routing))
		{
			log_again(this->kernel->read_routes(this->kernel), "routes");
		}
		apply(this, plan, verbose);
		this->mutex->unlock(this->mutex);
	}
	this->reading->unlock(this->reading);
}

/**
 * Job that reads interfaces that couldn't be read.
 */
static job_requeue_t read_again(private_bypass_manager_t *this)
{
	this->mutex->lock(this->mutex);
	this->again = FALSE;
	this->mutex->unlock(this->mutex);
	update(this, FALSE);
	return JOB_REQUEUE_NONE;
}

/**
 * Follow changes of interfaces, callback of the monitor.
 */
static void changed(void *data)
{
	update(data, FALSE);
}

/**
 * Does an event matter? Implementation of link_monitor_create()'s parameter.
 */
static bool matters(void *data, struct nlmsghdr *hdr)
{
	private_bypass_manager_t *this = data;

	return this->routing->note(this->routing, hdr);
}

/**
 * Log which rules have been used, mutex held.
 */
static void log_use(bypass_plan_t *plan, uint64_t *used, time_t now)
{
	bypass_entry_t *entry, *last = NULL;
	u_int i, count = 0, latest = 0;

	for (i = 0; i < plan->rules; i++)
	{
		if (used[i] && array_get(plan->entries, i, &entry))
		{
			DBG2(DBG_CFG, "bypass: rules.%s: last used %llu seconds ago",
				 entry->name, (unsigned long long)(now - used[i]));
			count++;
			if (!last || used[i] > used[latest])
			{
				last = entry;
				latest = i;
			}
		}
	}
	if (last)
	{
		DBG1(DBG_CFG, "bypass: %u of %u rules have been used, last rules.%s, "
			 "%llu seconds ago", count, plan->rules, last->name,
			 (unsigned long long)(now - used[latest]));
	}
}

/**
 * Read policies back from the kernel, which takes it a while if there are many,
 * and routes, and add those again that somebody else has removed. Called with
 * the mutex.
 *
 * @return			when each entry was last used, NULL if the kernel can't tell
 */
static uint64_t *read_back(private_bypass_manager_t *this)
{
	bypass_changes_t changes;
	uint64_t *used;

	used = calloc(array_count(this->plan->entries) + 1, sizeof(*used));
	if (!this->kernel->read(this->kernel, this->plan, used))
	{
		free(used);
		return NULL;
	}
	log_again(this->kernel->read_routes(this->kernel), "routes");
	changes = this->kernel->apply(this->kernel, this->plan);
	log_again(changes.added, "policies");
	return used;
}

/**
 * Job that checks what is in the kernel.
 */
CALLBACK(check, job_requeue_t,
	private_bypass_manager_t *this)
{
	uint64_t *used;

	this->mutex->lock(this->mutex);
	used = this->plan ? read_back(this) : NULL;
	if (used)
	{
		/* the kernel's times are those of the wall clock */
		log_use(this->plan, used, time(NULL));
		free(used);
	}
	this->mutex->unlock(this->mutex);
	return JOB_REQUEUE_NONE;
}

METHOD(bypass_manager_t, read_, bypass_plan_t*,
	private_bypass_manager_t *this, uint64_t **used)
{
	bypass_plan_t *plan = NULL;

	*used = NULL;
	this->mutex->lock(this->mutex);
	if (this->plan)
	{
		plan = bypass_plan_ref(this->plan);
		*used = read_back(this);
	}
	this->mutex->unlock(this->mutex);
	return plan;
}

METHOD(bypass_manager_t, get_plan, bypass_plan_t*,
	private_bypass_manager_t *this, bypass_changes_t *changes)
{
	bypass_plan_t *plan;

	this->mutex->lock(this->mutex);
	plan = this->plan ? bypass_plan_ref(this->plan) : NULL;
	*changes = this->changes;
	this->mutex->unlock(this->mutex);
	return plan;
}

/**
 * Put rules in force after one was added or deleted. Called with the lock for
 * reading.
 *
 * @return			why that isn't possible, NULL if it was
 */
static const char *try_update(private_bypass_manager_t *this)
{
	bypass_plan_t *plan;
	bool failed;

	plan = make_plan(this);
	if (!plan)
	{
		return "makes too many policies, or interfaces can't be read; see the "
			   "log";
	}
	this->mutex->lock(this->mutex);
	apply(this, plan, FALSE);
	failed = this->changes.failed;
	this->mutex->unlock(this->mutex);
	return failed ? "the kernel refused policies; see the log" : NULL;
}

METHOD(bypass_manager_t, add, void,
	private_bypass_manager_t *this, bypass_request_t *request,
	option_errors_t *errors)
{
	const char *name = request->rule.section.name, *failed;
	bypass_settings_t *settings;

	this->reading->lock(this->reading);
	settings = this->store->get(this->store);
	if (bypass_runtime_add(this->runtime, request, settings, errors))
	{
		failed = try_update(this);
		if (failed)
		{
			errors->add(errors, "name", name, "%s", failed);
			bypass_runtime_delete(this->runtime, name, settings, errors);
			try_update(this);
		}
		else
		{
			DBG1(DBG_CFG, "bypass: added rule %s at run time", name);
		}
	}
	this->reading->unlock(this->reading);
	options_unref(settings);
}

METHOD(bypass_manager_t, delete_, void,
	private_bypass_manager_t *this, const char *name, option_errors_t *errors)
{
	bypass_settings_t *settings;

	this->reading->lock(this->reading);
	settings = this->store->get(this->store);
	if (bypass_runtime_delete(this->runtime, name, settings, errors))
	{
		try_update(this);
		DBG1(DBG_CFG, "bypass: deleted rule %s at run time", name);
	}
	this->reading->unlock(this->reading);
	options_unref(settings);
}

METHOD(bypass_manager_t, reload, void,
	private_bypass_manager_t *this)
{
	update(this, TRUE);
	lib->processor->queue_job(lib->processor, (job_t*)
				callback_job_create(check, this, NULL, NULL));
}

METHOD(bypass_manager_t, destroy, void,
	private_bypass_manager_t *this)
{
	DESTROY_IF(this->monitor);
	if (this->view)
	{
		charon->shunts = this->shunts;
		this->view->destroy(this->view);
	}
	if (this->kernel)
	{
		this->kernel->apply(this->kernel, NULL);
		this->kernel->destroy(this->kernel);
	}
	bypass_plan_unref(this->plan);
	bypass_runtime_destroy(this->runtime);
	this->routing->destroy(this->routing);
	this->reading->destroy(this->reading);
	this->mutex->destroy(this->mutex);
	free(this);
}

bypass_manager_t *bypass_manager_create(options_store_t *store)
{
	private_bypass_manager_t *this;
	uint32_t table = get_routing_table();
	bool shared = table && bypass_table_is_main(table);

	INIT(this,
		.public = {
			.reload = _reload,
			.add = _add,
			.delete = _delete_,
			.read = _read_,
			.get_plan = _get_plan,
			.destroy = _destroy,
		},
		.store = store,
		.reading = mutex_create(MUTEX_TYPE_DEFAULT),
		.table = table,
		.shared = shared,
		.routing = bypass_routing_create(shared ? 0 : table),
		.kernel = bypass_kernel_create(table, !shared),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.runtime = array_create(0, 0),
		.shunts = charon->shunts,
	);
	if (!this->kernel)
	{
		destroy(this);
		return NULL;
	}
	/* before interfaces are read, so that no change is missed */
	this->monitor = link_monitor_create(
						RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
						RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
						GROUP(RTNLGRP_IPV4_RULE) | GROUP(RTNLGRP_IPV6_RULE) |
						GROUP(RTNLGRP_NEXTHOP),
						matters, EVENT_DELAY, changed, this);
	if (!this->monitor)
	{
		DBG1(DBG_KNL, "bypass: watching interfaces failed: %s",
			 strerror(errno));
		destroy(this);
		return NULL;
	}
	this->view = bypass_view_create(this->shunts);
	charon->shunts = &this->view->shunts;
	update(this, TRUE);
	return &this->public;
}
