/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_manager.h"
#include "filtermode_queue.h"
#include "filtermode_monitor.h"
#include "filtermode_events.h"
#include "filtermode_probe.h"
#include "filtermode_runner.h"
#include "filtermode_table.h"

#include <networking/tun_device.h>
#include <owner.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <errno.h>

/**
 * Seconds until rules that couldn't take another daemon's place are tried
 * again.
 */
#define RETRY 30

typedef struct private_filtermode_manager_t private_filtermode_manager_t;

struct private_filtermode_manager_t {
	filtermode_manager_t public;
	/** all below is protected by mutex, which is held while nftables is at
	 * work: never take it in a hook */
	mutex_t *mutex;
	/** CHILD_SAs */
	filtermode_children_t *children;
	/** who has which addresses, and sets of the operator's for them */
	filtermode_members_t *members;
	filtermode_sets_t *sets;
	/** brings them in line while logins wait, has a lock of its own */
	filtermode_runner_t *runner;
	/** table in the kernel */
	filtermode_table_t *table;
	/** what is in force, NULL in mode off, or while another daemon has the
	 * table that is to be ours */
	filtermode_ruleset_t *ruleset;
	/** claim on the table of the name that follows, NULL in mode off */
	owner_t *owner;
	char *owned;
	/** tells about changes of the table, NULL in mode off */
	filtermode_monitor_t *monitor;
	/** limits lines about changes of others */
	log_limiter_t *limiter;
	/** how often the table was installed again */
	u_int reinstalled;
	/** as in filtermode_state_t */
	char lost[BUF_LEN];
	char waiting[BUF_LEN];
};

/**
 * Apply what hooks have reported, mutex held.
 */
static void drain(private_filtermode_manager_t *this)
{
	this->public.queue->drain(this->public.queue, this->children,
							  this->members);
}

/**
 * Start to watch a table.
 *
 * @param ruleset	whose table, NULL for none
 * @param monitor	gets the monitor
 * @param buf		gets what is wrong
 * @return			FALSE if anything is
 */
static bool make_monitor(private_filtermode_manager_t *this,
						 filtermode_ruleset_t *ruleset,
						 filtermode_monitor_t **monitor, char *buf, size_t len)
{
	char table[BUF_LEN];

	*monitor = NULL;
	if (!ruleset)
	{
		return TRUE;
	}
	snprintf(table, sizeof(table), "inet %s", ruleset->settings->table);
	*monitor = filtermode_monitor_create(table,
								(void*)this->public.queue->table_changed,
								this->public.queue);
	if (!*monitor)
	{
		snprintf(buf, len, "%s: %s",
				 errno == EPERM ? FILTERMODE_NO_PERMISSION
								: "watching nftables failed", strerror(errno));
		return FALSE;
	}
	return TRUE;
}

/**
 * Install a ruleset, mutex held.
 *
 * @param monitor	watches its table, NULL for none
 * @param buf		gets what is wrong
 * @return			FALSE if anything is
 */
static bool install_watched(private_filtermode_manager_t *this,
							filtermode_ruleset_t *ruleset,
							filtermode_monitor_t *monitor, char *buf,
							size_t len)
{
	if (monitor)
	{
		monitor->take(monitor);
	}
	if (!this->table->install(this->table, ruleset, buf, len))
	{
		return FALSE;
	}
	if (monitor && monitor->take(monitor) > 1)
	{	/* somebody changed it before it was listed, perhaps. The monitor has
		 * queued a check, which installs it again */
		this->table->distrust(this->table);
	}
	return TRUE;
}

/**
 * Install a ruleset and watch it, mutex held.
 *
 * @param ruleset	adopted if it was installed, NULL for none
 * @param buf		gets what is wrong
 * @return			FALSE if anything is
 */
static bool install(private_filtermode_manager_t *this,
					filtermode_ruleset_t *ruleset, char *buf, size_t len)
{
	filtermode_monitor_t *monitor;

	if (!make_monitor(this, ruleset, &monitor, buf, len))
	{
		return FALSE;
	}
	drain(this);
	if (!install_watched(this, ruleset, monitor, buf, len))
	{
		DESTROY_IF(monitor);
		return FALSE;
	}
	filtermode_ruleset_unref(this->ruleset);
	this->ruleset = ruleset;
	DESTROY_IF(this->monitor);
	this->monitor = monitor;
	return TRUE;
}

CALLBACK(apply_job, job_requeue_t,
	private_filtermode_manager_t *this)
{
	options_store_t *store = this->public.store;
	filtermode_settings_t *settings;
	option_errors_t *errors = option_errors_create();
	bool failed;

	store->lock(store);
	settings = store->get(store);
	this->public.apply(&this->public, settings, errors);
	store->unlock(store);
	options_unref(settings);
	errors->log(errors, "filtermode", "they aren't in force");
	failed = errors->get_count(errors) != 0;
	errors->destroy(errors);
	/* nothing is filtered as long as that isn't so */
	return failed ? JOB_RESCHEDULE(RETRY) : JOB_REQUEUE_NONE;
}

/**
 * The daemon that had our table has ended.
 */
static void gained(void *data)
{
	lib->processor->queue_job(lib->processor, (job_t*)
					callback_job_create_with_prio(apply_job, data, NULL, NULL,
												  JOB_PRIO_HIGH));
}

/**
 * Claim a table, mutex held.
 *
 * @return			this->owner if it is about that already
 */
static owner_t *claim(private_filtermode_manager_t *this, const char *table)
{
	char name[BUF_LEN];

	if (this->owner && streq(this->owned, table))
	{
		return this->owner;
	}
	snprintf(name, sizeof(name), "filtermode/%s", table);
	return owner_create(name, gained, this);
}

/**
 * Have another claim from now on, mutex held.
 *
 * @param owner		adopted, NULL for none
 */
static void set_owner(private_filtermode_manager_t *this, owner_t *owner,
					  const char *table)
{
	if (owner != this->owner)
	{
		DESTROY_IF(this->owner);
		free(this->owned);
		this->owner = owner;
		this->owned = owner ? strdup(table) : NULL;
	}
}

/**
 * Is a claimed table ours?
 *
 * @param buf		gets whose it is if not
 */
static bool is_ours(owner_t *owner, const char *table, char *buf, size_t len)
{
	pid_t holder;

	if (owner->is_ours(owner, &holder))
	{
		return TRUE;
	}
	snprintf(buf, len, "table = \"%s\": the charon that is process %d has it, "
			 "expected another name", table, holder);
	return FALSE;
}

/**
 * Put a ruleset in force, and have the claim that it needs, mutex held.
 *
 * @param ruleset	adopted, NULL in mode off
 * @param owner		claim on the settings' table, adopted
 * @param buf		gets what is wrong
 * @return			FALSE if anything is
 */
static bool apply_claimed(private_filtermode_manager_t *this,
						  filtermode_settings_t *settings,
						  filtermode_ruleset_t *ruleset, owner_t *owner,
						  char *buf, size_t len)
{
	bool off = !ruleset, success = TRUE, ours;

	ours = is_ours(owner, settings->table, buf, len);
	if (!ours)
	{	/* what the other one filters goes on, so ours can wait, unless we would
		 * have to give up what is in force */
		success = off || !this->ruleset;
		filtermode_ruleset_unref(ruleset);
		ruleset = NULL;
	}
	if (!success || !install(this, ruleset, buf, len))
	{
		filtermode_ruleset_unref(ruleset);
		if (owner != this->owner)
		{
			owner->destroy(owner);
		}
		return FALSE;
	}
	this->waiting[0] = '\0';
	if (off && ours)
	{
		this->table->remove_stale(this->table, settings->table);
	}
	else if (!off && !ours)
	{
		snprintf(this->waiting, sizeof(this->waiting), "%s", buf);
	}
	set_owner(this, owner, settings->table);
	if (off)
	{
		set_owner(this, NULL, NULL);
	}
	return TRUE;
}

/**
 * Put settings in force, mutex held.
 *
 * @param buf		gets what is wrong
 * @return			FALSE if anything is
 */
static bool put_in_force(private_filtermode_manager_t *this,
						 filtermode_settings_t *settings, char *buf, size_t len)
{
	filtermode_ruleset_t *ruleset;
	bool before = this->ruleset != NULL;

	if (!filtermode_ruleset_load(settings, this->public.tun, &ruleset, buf,
								 len))
	{
		return FALSE;
	}
	if (!apply_claimed(this, settings, ruleset, claim(this, settings->table),
					   buf, len))
	{
		return FALSE;
	}
	this->lost[0] = '\0';
	this->sets->use(this->sets, settings);
	if (this->waiting[0])
	{
		DBG1(DBG_CFG, "filtermode: %s; waiting until it ends", this->waiting);
		return TRUE;
	}
	filtermode_events_applied(settings, this->public.tun, before);
	return TRUE;
}

/**
 * Install the table again.
 */
static void repair(private_filtermode_manager_t *this, const char *who)
{
	filtermode_settings_t *settings = this->ruleset->settings;
	char reason[BUF_LEN];

	if (install_watched(this, this->ruleset, this->monitor, reason,
						sizeof(reason)))
	{
		this->reinstalled++;
		this->lost[0] = '\0';
		filtermode_events_repaired(settings, this->limiter, who);
	}
	else
	{
		this->public.queue->table_changed(this->public.queue, who);
		filtermode_events_lost(settings, this->limiter, who, reason,
							   !this->lost[0]);
		snprintf(this->lost, sizeof(this->lost), "%s", reason);
	}
}

/**
 * Bring the sets in line with CHILD_SAs, and the table with what it was.
 */
CALLBACK(work, void,
	private_filtermode_manager_t *this, bool check)
{
	char *who = NULL, *later;
	bool damaged;

	this->mutex->lock(this->mutex);
	drain(this);
	if (check)
	{	/* whoever changes the table from here on may do so after it is looked
		 * at, and belongs to the next check */
		who = this->public.queue->take_who(this->public.queue);
	}
	damaged = !this->table->update(this->table) ||
			  (check && !this->table->is_intact(this->table));
	if (damaged)
	{
		if (this->monitor)
		{	/* whoever did that is known after that */
			this->monitor->take(this->monitor);
		}
		later = this->public.queue->take_who(this->public.queue);
		if (later)
		{
			free(who);
			who = later;
		}
		repair(this, who);
	}
	free(who);
	this->sets->update(this->sets);
	this->mutex->unlock(this->mutex);
}

METHOD(filtermode_manager_t, apply, void,
	private_filtermode_manager_t *this, filtermode_settings_t *settings,
	option_errors_t *errors)
{
	char buf[BUF_LEN];

	this->mutex->lock(this->mutex);
	if (!put_in_force(this, settings, buf, sizeof(buf)))
	{
		errors->add(errors, NULL, NULL, "%s", buf);
		if (this->waiting[0])
		{	/* ours still aren't in force, now for another reason perhaps */
			snprintf(this->waiting, sizeof(this->waiting), "%s", buf);
		}
	}
	this->mutex->unlock(this->mutex);
}

METHOD(filtermode_manager_t, get_state, filtermode_state_t*,
	private_filtermode_manager_t *this)
{
	filtermode_state_t *state;

	INIT(state);
	this->mutex->lock(this->mutex);
	drain(this);
	this->children->count(this->children, &state->counts);
	state->reinstalled = this->reinstalled;
	strcpy(state->lost, this->lost);
	strcpy(state->waiting, this->waiting);
	this->mutex->unlock(this->mutex);
	return state;
}

METHOD(filtermode_manager_t, list_sets, void,
	private_filtermode_manager_t *this,
	void (*cb)(void *data, const char *name, u_int elements), void *data)
{
	this->mutex->lock(this->mutex);
	this->children->list_sets(this->children, cb, data);
	this->mutex->unlock(this->mutex);
}

METHOD(filtermode_manager_t, list_targets, void,
	private_filtermode_manager_t *this, filtermode_sets_cb_t cb, void *data)
{
	this->mutex->lock(this->mutex);
	this->sets->list(this->sets, cb, data);
	this->mutex->unlock(this->mutex);
}

METHOD(filtermode_manager_t, find, void,
	private_filtermode_manager_t *this, host_t *address,
	filtermode_owner_cb_t cb, void *data)
{
	this->mutex->lock(this->mutex);
	this->members->find(this->members, address, cb, data);
	this->mutex->unlock(this->mutex);
}

/**
 * Bring the sets in line with who has which addresses: the table is left to the
 * job, which takes longer.
 */
CALLBACK(update_sets, void,
	private_filtermode_manager_t *this)
{
	this->mutex->lock(this->mutex);
	drain(this);
	this->sets->update(this->sets);
	this->mutex->unlock(this->mutex);
}

METHOD(filtermode_manager_t, login, bool,
	private_filtermode_manager_t *this)
{
	return this->runner->run(this->runner, FILTERMODE_LOGIN_TIMEOUT);
}

METHOD(filtermode_manager_t, list_table, char*,
	private_filtermode_manager_t *this, bool *intact)
{
	char *listing;

	this->mutex->lock(this->mutex);
	listing = this->table->list_counters(this->table);
	*intact = listing && this->table->is_intact(this->table);
	this->mutex->unlock(this->mutex);
	return listing;
}

/**
 * Say so if a table that isn't in force here isn't in another daemon's use
 * either: it goes on to block, and nothing of ours shows it.
 */
CALLBACK(check_left, void,
	private_filtermode_manager_t *this, const char *table)
{
	owner_t *owner;
	char name[BUF_LEN];

	if (this->owned && streq(this->owned, table))
	{
		return;
	}
	snprintf(name, sizeof(name), "filtermode/%s", table);
	owner = owner_create(name, NULL, NULL);
	if (owner->is_ours(owner, NULL))
	{
		DBG1(DBG_CFG, "filtermode: table inet %s is left of a daemon that has "
			 "ended, and its rules apply; if no other is to have it, delete it "
			 "by `nft delete table inet %s`", table, table);
	}
	owner->destroy(owner);
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
		drain(this);
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
	this->runner->destroy(this->runner);
	DESTROY_IF(this->monitor);
	DESTROY_IF(this->sets);
	if (this->table)
	{
		leave(this);
		this->table->destroy(this->table);
	}
	set_owner(this, NULL, NULL);
	filtermode_ruleset_unref(this->ruleset);
	this->children->destroy(this->children);
	this->members->destroy(this->members);
	this->public.queue->destroy(this->public.queue);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

/**
 * Get the name of kernel-libipsec's device, NULL if that isn't loaded.
 */
static const char *get_tun()
{
	tun_device_t *tun = lib->get(lib, "kernel-libipsec-tun");

	return tun ? tun->get_name(tun) : NULL;
}

/**
 * Put the settings of the store in force, at the start.
 */
static bool start(private_filtermode_manager_t *this, options_store_t *store)
{
	filtermode_settings_t *settings = store->get(store);
	option_errors_t *errors = option_errors_create();
	bool success;

	apply(this, settings, errors);
	errors->log(errors, "filtermode", "not loading");
	success = !errors->get_count(errors);
	errors->destroy(errors);
	options_unref(settings);
	return success;
}

filtermode_manager_t *filtermode_manager_create(options_store_t *store)
{
	private_filtermode_manager_t *this;

	INIT(this,
		.public = {
			.store = store,
			.tun = get_tun(),
			.apply = _apply,
			.get_state = _get_state,
			.list_sets = _list_sets,
			.list_targets = _list_targets,
			.find = _find,
			.login = _login,
			.list_table = _list_table,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.children = filtermode_children_create(),
		.members = filtermode_members_create(),
		.limiter = log_limiter_create(),
	);
	this->public.queue = filtermode_queue_create(work, this);
	this->runner = filtermode_runner_create(update_sets, this);
	this->table = filtermode_table_create(this->children);
	if (this->table)
	{
		this->sets = filtermode_sets_create(this->members, this->public.queue,
											this->limiter);
	}
	if (!this->sets || !start(this, store))
	{
		destroy(this);
		return NULL;
	}
	this->table->find(this->table, check_left, this);
	return &this->public;
}
