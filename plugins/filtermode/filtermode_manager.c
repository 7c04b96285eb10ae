/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_manager.h"
#include "filtermode_events.h"
#include "filtermode_monitor.h"
#include "filtermode_probe.h"
#include "filtermode_table.h"

#include <log_limiter.h>

#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <errno.h>

typedef struct private_filtermode_manager_t private_filtermode_manager_t;

/**
 * Private data of a filtermode_manager_t object.
 */
struct private_filtermode_manager_t {

	/**
	 * Public interface.
	 */
	filtermode_manager_t public;

	/**
	 * The plugin's settings, those in force or newer ones.
	 */
	options_store_t *store;

	/**
	 * What there is to do, has its own lock.
	 */
	filtermode_events_t *events;

	/**
	 * All below is protected by mutex, which is held while nftables is at
	 * work: never take it in a hook.
	 */
	mutex_t *mutex;

	/**
	 * CHILD_SAs.
	 */
	filtermode_children_t *children;

	/**
	 * Table in the kernel.
	 */
	filtermode_table_t *table;

	/**
	 * What is in force, NULL in mode off.
	 */
	filtermode_ruleset_t *ruleset;

	/**
	 * Tells about changes of the table, NULL in mode off.
	 */
	filtermode_monitor_t *monitor;

	/**
	 * Limits lines about changes of others.
	 */
	log_limiter_t *limiter;
};

/**
 * Read rules_file.
 *
 * @return			content, NULL after logging what is wrong
 */
static char *read_file(const char *path, const char *consequence)
{
	chunk_t *map;
	char *file;
	u_int line;

	map = chunk_map((char*)path, FALSE);
	if (!map)
	{
		DBG1(DBG_CFG, "filtermode: rules_file = \"%s\": %s; %s", path,
			 strerror(errno), consequence);
		return NULL;
	}
	file = strndup((char*)map->ptr, map->len);
	chunk_unmap(map);
	if (!filtermode_fragment_check(file, &line))
	{
		DBG1(DBG_CFG, "filtermode: rules_file = \"%s\": line %u: unbalanced "
			 "brace or quote; %s", path, line, consequence);
		free(file);
		return NULL;
	}
	return file;
}

/**
 * Create the ruleset of settings.
 *
 * @param ruleset	gets it, NULL in mode off
 * @return			FALSE after logging what is wrong
 */
static bool make_ruleset(filtermode_settings_t *settings,
						 filtermode_ruleset_t **ruleset,
						 const char *consequence)
{
	char *file = NULL;

	*ruleset = NULL;
	if (settings->mode == FILTERMODE_OFF)
	{
		return TRUE;
	}
	if (settings->mode == FILTERMODE_IPSEC && settings->rules_file)
	{
		file = read_file(settings->rules_file, consequence);
		if (!file)
		{
			return FALSE;
		}
	}
	*ruleset = filtermode_ruleset_create(settings, file);
	free(file);
	return TRUE;
}

/**
 * Start to watch a table.
 *
 * @param ruleset	whose table, NULL for none
 * @param monitor	gets the monitor
 */
static bool make_monitor(private_filtermode_manager_t *this,
						 filtermode_ruleset_t *ruleset,
						 filtermode_monitor_t **monitor,
						 const char *consequence)
{
	*monitor = NULL;
	if (!ruleset)
	{
		return TRUE;
	}
	*monitor = filtermode_monitor_create(ruleset->settings->table,
								(void*)this->events->table_changed,
								this->events);
	if (!*monitor)
	{
		DBG1(DBG_KNL, "filtermode: %s: %s; %s",
			 errno == EPERM ? FILTERMODE_NO_PERMISSION
							: "watching nftables failed",
			 strerror(errno), consequence);
		return FALSE;
	}
	return TRUE;
}

/**
 * Log what is in force now.
 */
static void log_mode(filtermode_settings_t *settings)
{
	switch (settings->mode)
	{
		case FILTERMODE_IPSEC:
			DBG1(DBG_CFG, "filtermode: mode ipsec, %u rules%s, default %s, in "
				 "table inet %s", settings->rules.count,
				 settings->rules_file ? " and rules_file" : "",
				 filtermode_actions[settings->def], settings->table);
			break;
		case FILTERMODE_INTERFACES:
			DBG1(DBG_CFG, "filtermode: mode interfaces, %s, in table inet %s",
				 settings->allow ? "policy-based tunnels of allow are exempt"
								 : "policy-based tunnels are blocked",
				 settings->table);
			break;
		default:
			DBG1(DBG_CFG, "filtermode: mode off");
			break;
	}
}

/**
 * Put settings in force, mutex held.
 */
static bool apply(private_filtermode_manager_t *this,
				  filtermode_settings_t *settings, const char *consequence)
{
	filtermode_ruleset_t *ruleset;
	filtermode_monitor_t *monitor;
	char reason[BUF_LEN];

	if (!make_ruleset(settings, &ruleset, consequence))
	{
		return FALSE;
	}
	if (!make_monitor(this, ruleset, &monitor, consequence))
	{
		filtermode_ruleset_unref(ruleset);
		return FALSE;
	}
	this->events->drain(this->events, this->children);
	if (!this->table->install(this->table, ruleset, reason, sizeof(reason)))
	{
		DBG1(DBG_CFG, "filtermode: %s; %s", reason, consequence);
		filtermode_ruleset_unref(ruleset);
		DESTROY_IF(monitor);
		return FALSE;
	}
	if (!ruleset)
	{
		this->table->remove_stale(this->table, settings->table);
	}
	filtermode_ruleset_unref(this->ruleset);
	this->ruleset = ruleset;
	DESTROY_IF(this->monitor);
	this->monitor = monitor;
	this->events->set_settings(this->events, settings);
	log_mode(settings);
	return TRUE;
}

/**
 * Install the table again.
 */
static void repair(private_filtermode_manager_t *this, const char *who)
{
	const char *name = this->ruleset->settings->table;
	char reason[BUF_LEN], more[64] = "";
	u_int missed;
	bool repaired;

	repaired = this->table->install(this->table, this->ruleset, reason,
									sizeof(reason));
	if (!repaired)
	{
		this->events->table_changed(this->events, who);
	}
	if (!this->limiter->pass(this->limiter, repaired ? "yes" : "no",
							 time_monotonic(NULL), &missed))
	{
		return;
	}
	if (missed)
	{
		snprintf(more, sizeof(more), " (%u more times since)", missed);
	}
	if (repaired)
	{
		DBG1(DBG_CFG, "filtermode: table inet %s was changed or removed by %s, "
			 "installed it again%s", name, who ?: "somebody", more);
	}
	else
	{
		DBG1(DBG_CFG, "filtermode: table inet %s was changed or removed by %s, "
			 "installing it again failed: %s; trying again%s", name,
			 who ?: "somebody", reason, more);
	}
}

/**
 * Bring the sets in line with CHILD_SAs, and the table with what it was.
 */
CALLBACK(work, void,
	private_filtermode_manager_t *this, bool check, const char *who)
{
	this->mutex->lock(this->mutex);
	this->events->drain(this->events, this->children);
	if (!this->table->update(this->table) ||
		(check && !this->table->is_intact(this->table)))
	{
		repair(this, who);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(filtermode_manager_t, reload, bool,
	private_filtermode_manager_t *this)
{
	filtermode_settings_t *settings;
	bool success;

	settings = this->store->get(this->store);
	this->mutex->lock(this->mutex);
	success = apply(this, settings, "keeping the previous rules");
	this->mutex->unlock(this->mutex);
	options_unref(settings);
	return success;
}

METHOD(filtermode_manager_t, get_settings, filtermode_settings_t*,
	private_filtermode_manager_t *this)
{
	return this->events->get_settings(this->events);
}

METHOD(filtermode_manager_t, child_up, void,
	private_filtermode_manager_t *this, uint32_t id, uint32_t reqid,
	const char *connection, bool ipcomp)
{
	this->events->child_up(this->events, id, reqid, connection, ipcomp);
}

METHOD(filtermode_manager_t, child_down, void,
	private_filtermode_manager_t *this, uint32_t id)
{
	this->events->child_down(this->events, id);
}

/**
 * Leave the kernel as the settings want it.
 */
static void leave(private_filtermode_manager_t *this)
{
	char reason[BUF_LEN];

	if (!this->ruleset)
	{
		return;
	}
	if (this->ruleset->settings->on_stop == FILTERMODE_KEEP)
	{
		/* all CHILD_SAs are gone by now, and reqids will be used anew */
		this->events->drain(this->events, this->children);
		this->table->update(this->table);
		DBG1(DBG_CFG, "filtermode: table inet %s stays, as on_stop = keep",
			 this->ruleset->settings->table);
	}
	else if (!this->table->install(this->table, NULL, reason, sizeof(reason)))
	{
		DBG1(DBG_CFG, "filtermode: removing table inet %s failed: %s",
			 this->ruleset->settings->table, reason);
	}
}

METHOD(filtermode_manager_t, destroy, void,
	private_filtermode_manager_t *this)
{
	DESTROY_IF(this->monitor);
	if (this->table)
	{
		leave(this);
		this->table->destroy(this->table);
	}
	filtermode_ruleset_unref(this->ruleset);
	this->children->destroy(this->children);
	this->events->destroy(this->events);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
filtermode_manager_t *filtermode_manager_create(options_store_t *store)
{
	private_filtermode_manager_t *this;
	filtermode_settings_t *settings;
	bool success;

	INIT(this,
		.public = {
			.reload = _reload,
			.get_settings = _get_settings,
			.child_up = _child_up,
			.child_down = _child_down,
			.destroy = _destroy,
		},
		.store = store,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.children = filtermode_children_create(),
		.limiter = log_limiter_create(),
	);
	this->events = filtermode_events_create(work, this);
	this->table = filtermode_table_create(this->children);
	if (!this->table)
	{
		destroy(this);
		return NULL;
	}
	settings = store->get(store);
	this->mutex->lock(this->mutex);
	success = apply(this, settings, "not loading");
	this->mutex->unlock(this->mutex);
	options_unref(settings);
	if (!success)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
