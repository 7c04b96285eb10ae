/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_dns.h"
#include "unity_ext_bus.h"
#include "unity_ext_journal.h"
#include "unity_ext_link.h"
#include "unity_ext_resolver.h"
#include "unity_ext_settings.h"

#include <daemon.h>
#include <link_monitor.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How often to look for what can't be watched, in seconds: files, and D-Bus
 * while it is away.
 */
#define LOOK_INTERVAL 3

/**
 * How long not to try again what failed or was undone by others, in seconds.
 */
#define PAUSE 5

/**
 * How long interfaces may settle that others change, in milliseconds.
 */
#define SETTLE 500

/**
 * Group of rules of IPv6, for which there is no RTMGRP_*.
 */
#define RTMGRP_IPV6_RULE (1 << (RTNLGRP_IPV6_RULE - 1))

typedef struct private_unity_ext_dns_t private_unity_ext_dns_t;
typedef struct change_t change_t;
typedef enum change_type_t change_type_t;

struct private_unity_ext_dns_t {
	unity_ext_dns_t public;
	options_store_t *store;
	/** guards queue, busy, looking and changes of records; only held to look
	 * at them, as hooks take it */
	mutex_t *mutex;
	/** what is to be done, as change_t */
	linked_list_t *queue;
	/** whether somebody is working on the queue */
	bool busy;
	/** whether a look is scheduled */
	bool looking;
	/** what is to be in force, as unity_ext_record_t; only changed by who is
	 * busy */
	linked_list_t *records;
	/** whether what an earlier daemon left is undone, and what couldn't be;
	 * only used by who is busy, as are the ones that follow */
	bool clean;
	/** when to try again to undo what couldn't be, 0 if there is nothing */
	time_t due;
	/** tells that systemd-resolved was started; NULL if it was of no interest
	 * yet, or there is no D-Bus */
	unity_ext_bus_t *bus;
	/** tells that others undid our interfaces, routes or rules; NULL as above */
	link_monitor_t *monitor;
	/** until when what is there has to be undone, 0 if there is no hurry */
	time_t deadline;
	/** how many records there was no time to undo */
	u_int left;
};

/**
 * What is to be done.
 */
enum change_type_t {
	/** set what a tunnel wants that is up */
	CHANGE_UP,
	/** undo what one wanted that is down */
	CHANGE_DOWN,
	/** systemd-resolved was started */
	CHANGE_RESOLVED,
	/** see whether others undid something, or what failed works now */
	CHANGE_LOOK,
	/** the settings were loaded anew */
	CHANGE_SETTINGS,
};

struct change_t {
	change_type_t type;
	/** of CHANGE_UP */
	unity_ext_record_t *record;
	/** of CHANGE_DOWN */
	char *id;
};

static void queue(private_unity_ext_dns_t *this, change_type_t type,
				  unity_ext_record_t *record, const char *id);

/**
 * Call a function for each record.
 */
static void for_each(private_unity_ext_dns_t *this,
					 unity_ext_settings_t *settings,
					 void (*fn)(private_unity_ext_dns_t *this,
								unity_ext_record_t *record,
								unity_ext_settings_t *settings))
{
	enumerator_t *enumerator;
	unity_ext_record_t *record;

	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &record))
	{
		fn(this, record, settings);
	}
	enumerator->destroy(enumerator);
}

/**
 * Note what files have of a record, after we changed something.
 */
static void note_files(private_unity_ext_dns_t *this,
					   unity_ext_record_t *record,
					   unity_ext_settings_t *settings)
{
	record->seen = unity_ext_resolver_look(record, settings->dns_files);
}

/**
 * See whether others changed them, before we do.
 */
static void compare_files(private_unity_ext_dns_t *this,
						  unity_ext_record_t *record,
						  unity_ext_settings_t *settings)
{
	record->undone |= record->seen != unity_ext_resolver_look(record,
														settings->dns_files);
}

/**
 * Note what files have of all records, one of which may not be on the list.
 */
static void note_all_files(private_unity_ext_dns_t *this,
						   unity_ext_record_t *record,
						   unity_ext_settings_t *settings)
{
	note_files(this, record, settings);
	for_each(this, settings, note_files);
}

/**
 * Say that something failed, and where to look.
 */
static void log_failure(const char *what, unity_ext_record_t *record,
						const char *reason)
{
	DBG1(DBG_CFG, "unity-ext: can't %s DNS servers '%s' of '%s' [%s] with %s: "
		 "%s; see unity-ext.dns", what, record->fields[UNITY_EXT_DNS],
		 record->fields[UNITY_EXT_CONNECTION], record->fields[UNITY_EXT_ID],
		 record->fields[UNITY_EXT_METHOD], reason);
}

/**
 * Undo what a record says.
 */
static void undo(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				 unity_ext_settings_t *settings, const char *why)
{
	u_int timeout = settings->dns_timeout;
	time_t now = time_monotonic(NULL);
	const char *reason;

	if (record->reason && !record->in_force)
	{
		unity_ext_journal_remove(record);
		unity_ext_record_destroy(record);
		return;
	}
	if (this->deadline && now >= this->deadline && !record->link)
	{
		/* its file stays, for the next start */
		this->left++;
		unity_ext_record_destroy(record);
		return;
	}
	if (this->deadline)
	{
		timeout = max(1, min(timeout, this->deadline - now));
	}
	reason = unity_ext_resolver_down(record, this->records, timeout);
	note_all_files(this, record, settings);
	if (reason && unity_ext_resolver_is_resolved(record))
	{
		/* which can be told at any time, unlike a program, of which others may
		 * have set something since: its file stays, for clean() */
		if (!this->due)
		{
			log_failure("remove", record, reason);
		}
		this->clean = FALSE;
		this->due = time_monotonic(NULL) + PAUSE;
		unity_ext_record_destroy(record);
		return;
	}
	if (reason)
	{
		log_failure("remove", record, reason);
	}
	else
	{
		DBG1(DBG_CFG, "unity-ext: removed DNS servers '%s' of '%s' [%s]%s",
			 record->fields[UNITY_EXT_DNS],
			 record->fields[UNITY_EXT_CONNECTION],
			 record->fields[UNITY_EXT_ID], why);
	}
	unity_ext_journal_remove(record);
	unity_ext_record_destroy(record);
}

/**
 * Undo what a daemon left that had no time to do so, or that couldn't be.
 */
static void clean(private_unity_ext_dns_t *this,
				  unity_ext_settings_t *settings)
{
	unity_ext_record_t *record;
	linked_list_t *left;

	left = unity_ext_journal_read(settings->state_dir);
	this->clean = TRUE;
	while (left->remove_first(left, (void**)&record) == SUCCESS)
	{
		undo(this, record, settings, this->due ? ", at last" :
			 ", which an earlier process left");
	}
	left->destroy(left);
	this->due = this->clean ? 0 : this->due;
}

/**
 * Have a look later.
 */
static job_requeue_t look(private_unity_ext_dns_t *this)
{
	this->mutex->lock(this->mutex);
	this->looking = FALSE;
	this->mutex->unlock(this->mutex);
	queue(this, CHANGE_LOOK, NULL, NULL);
	return JOB_REQUEUE_NONE;
}

/**
 * Have a look later, unless one is scheduled.
 */
static void look_later(private_unity_ext_dns_t *this)
{
	bool before;

	this->mutex->lock(this->mutex);
	before = this->looking;
	this->looking = TRUE;
	this->mutex->unlock(this->mutex);
	if (!before)
	{
		lib->scheduler->schedule_job(lib->scheduler, (job_t*)
				callback_job_create((callback_job_cb_t)look, this, NULL, NULL),
				LOOK_INTERVAL);
	}
}

/**
 * Note that a record is in force, or why that failed.
 */
static void set_state(private_unity_ext_dns_t *this,
					  unity_ext_record_t *record, const char *reason)
{
	char *old;

	this->mutex->lock(this->mutex);
	record->in_force |= !reason;
	old = record->reason;
	record->reason = strdupnull(reason);
	this->mutex->unlock(this->mutex);
	free(old);
	record->undone &= reason != NULL;
	record->due = time_monotonic(NULL) + PAUSE;
}

CALLBACK(uses_resolved, bool,
	unity_ext_record_t *record, va_list args)
{
	return unity_ext_resolver_is_resolved(record);
}

#ifdef HAVE_LIBSYSTEMD

CALLBACK(resolved_changed, void,
	private_unity_ext_dns_t *this)
{
	queue(this, CHANGE_RESOLVED, NULL, NULL);
}

CALLBACK(kernel_changed, void,
	private_unity_ext_dns_t *this)
{
	queue(this, CHANGE_LOOK, NULL, NULL);
}

#endif /* HAVE_LIBSYSTEMD */

/**
 * Watch what a record depends on that systemd-resolved does.
 */
static void watch_resolved(private_unity_ext_dns_t *this,
						   unity_ext_record_t *record)
{
#ifdef HAVE_LIBSYSTEMD
	if (unity_ext_resolver_is_resolved(record))
	{
		this->bus = this->bus ?: unity_ext_bus_create(resolved_changed, this);
		this->monitor = this->monitor ?: link_monitor_create(
						RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
						RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
						RTMGRP_IPV4_RULE | RTMGRP_IPV6_RULE,
						unity_ext_link_matters, SETTLE, kernel_changed, this);
	}
#endif
}


/**
 * Write a record to the journal.
 */
static bool write_record(unity_ext_record_t *record,
						 unity_ext_settings_t *settings)
{
	const char *reason;

	reason = unity_ext_journal_add(settings->state_dir, record);
	if (reason)
	{
		DBG1(DBG_CFG, "unity-ext: can't record DNS servers '%s' of '%s' [%s] "
			 "in '%s': %s; see unity-ext.state_dir",
			 record->fields[UNITY_EXT_DNS],
			 record->fields[UNITY_EXT_CONNECTION],
			 record->fields[UNITY_EXT_ID], settings->state_dir, reason);
	}
	return !reason;
}

/**
 * Choose a name for the interface of a record that gets one.
 */
static void name_interface(unity_ext_record_t *record)
{
	char name[16];

	if (!record->link && unity_ext_record_owns_interface(record) &&
		unity_ext_resolver_is_resolved(record))
	{
		unity_ext_link_name(atoi(record->fields[UNITY_EXT_ID]), name,
							sizeof(name));
		unity_ext_record_set(record, UNITY_EXT_INTERFACE, name);
	}
}

/**
 * Put a record in force, maybe once more. Returns FALSE if that failed.
 */
static bool put_in_force(private_unity_ext_dns_t *this,
						 unity_ext_record_t *record,
						 unity_ext_settings_t *settings)
{
	const char *reason;

	name_interface(record);
	/* better no split DNS than some that stays for ever */
	if (!write_record(record, settings))
	{
		set_state(this, record, "it can't be recorded");
		return FALSE;
	}
	reason = unity_ext_resolver_up(record, this->records,
								   settings->dns_timeout);
	note_all_files(this, record, settings);
	if (!reason)
	{
		set_state(this, record, NULL);
		DBG1(DBG_CFG, "unity-ext: set DNS servers '%s' of '%s' [%s] for "
			 "domains '%s', default domain '%s'", record->fields[UNITY_EXT_DNS],
			 record->fields[UNITY_EXT_CONNECTION],
			 record->fields[UNITY_EXT_ID], record->fields[UNITY_EXT_DOMAINS],
			 record->fields[UNITY_EXT_DEFAULT_DOMAIN]);
		return TRUE;
	}
	/* once for each reason, as it is tried again */
	if (!streq(record->reason, reason))
	{
		log_failure("set", record, reason);
	}
	set_state(this, record, reason);
	if (!record->in_force && unity_ext_resolver_is_resolved(record))
	{
		unity_ext_journal_remove(record);
	}
	return FALSE;
}

/**
 * Do what a record says.
 */
static void apply(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				  unity_ext_settings_t *settings)
{
	watch_resolved(this, record);
	if (put_in_force(this, record, settings) ||
		(record->reason && unity_ext_resolver_is_resolved(record)))
	{
		this->mutex->lock(this->mutex);
		this->records->insert_last(this->records, record);
		this->mutex->unlock(this->mutex);
		return;
	}
	if (record->path)
	{
		/* a program that failed may have done half of it */
		record->in_force = TRUE;
		undo(this, record, settings, ", as setting them failed");
		return;
	}
	unity_ext_record_destroy(record);
}

/**
 * Tell systemd-resolved, which was started.
 */
static void tell_resolved(private_unity_ext_dns_t *this,
						  unity_ext_record_t *record,
						  unity_ext_settings_t *settings)
{
	if (unity_ext_resolver_is_resolved(record))
	{
		DBG1(DBG_CFG, "unity-ext: systemd-resolved or D-Bus was started, "
			 "telling it of '%s' [%s]", record->fields[UNITY_EXT_CONNECTION],
			 record->fields[UNITY_EXT_ID]);
		put_in_force(this, record, settings);
	}
}

/**
 * See to it that we are told about systemd-resolved, and that it is told what
 * it missed until then.
 */
static void find_resolved(private_unity_ext_dns_t *this,
						  unity_ext_settings_t *settings)
{
	bool before = this->bus != NULL;
	unity_ext_record_t *record;

	if (this->records->find_first(this->records, uses_resolved,
								  (void**)&record))
	{
		watch_resolved(this, record);
		if (this->bus && !before)
		{
			for_each(this, settings, tell_resolved);
		}
	}
}

/**
 * See whether others undid a record, or whether it can be put in force by now.
 */
static void check(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				  unity_ext_settings_t *settings)
{
	if (record->link &&
		!unity_ext_link_repair(record->fields[UNITY_EXT_INTERFACE],
							   record->link,
							   record->fields[UNITY_EXT_VIRTUAL_IPS]))
	{
		record->undone = TRUE;
	}
	if ((record->reason || record->undone) &&
		record->due <= time_monotonic(NULL))
	{
		if (!record->reason)
		{
			DBG1(DBG_CFG, "unity-ext: others changed what was set for '%s' "
				 "[%s] with %s, setting it again",
				 record->fields[UNITY_EXT_CONNECTION],
				 record->fields[UNITY_EXT_ID],
				 record->fields[UNITY_EXT_METHOD]);
		}
		put_in_force(this, record, settings);
	}
}

/**
 * Have a record where the journal is now.
 */
static void move(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				 unity_ext_settings_t *settings)
{
	if (record->path)
	{
		write_record(record, settings);
	}
}

/**
 * Take a tunnel's record off the list, NULL if there is none.
 */
static unity_ext_record_t *take(private_unity_ext_dns_t *this, const char *id)
{
	unity_ext_record_t *record, *found = NULL;
	enumerator_t *enumerator;

	this->mutex->lock(this->mutex);
	enumerator = this->records->create_enumerator(this->records);
	while (!found && enumerator->enumerate(enumerator, &record))
	{
		if (streq(record->fields[UNITY_EXT_ID], id))
		{
			this->records->remove_at(this->records, enumerator);
			found = record;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * Get the next change, or stop being busy if there is none.
 */
static change_t *next_change(private_unity_ext_dns_t *this)
{
	change_t *change;

	this->mutex->lock(this->mutex);
	if (this->queue->remove_first(this->queue, (void**)&change) != SUCCESS)
	{
		change = NULL;
		this->busy = FALSE;
	}
	this->mutex->unlock(this->mutex);
	return change;
}

/**
 * Make a change.
 */
static void make(private_unity_ext_dns_t *this, change_t *change,
				 unity_ext_settings_t *settings)
{
	unity_ext_record_t *record;

	switch (change->type)
	{
		case CHANGE_UP:
			apply(this, change->record, settings);
			break;
		case CHANGE_DOWN:
			record = take(this, change->id);
			if (record)
			{
				undo(this, record, settings, "");
			}
			break;
		case CHANGE_RESOLVED:
			if (this->bus && this->bus->is_alive(this->bus))
			{
				for_each(this, settings, tell_resolved);
			}
			else
			{
				DESTROY_IF(this->bus);
				this->bus = NULL;
				find_resolved(this, settings);
			}
			break;
		case CHANGE_LOOK:
			find_resolved(this, settings);
			for_each(this, settings, check);
			break;
		case CHANGE_SETTINGS:
			for_each(this, settings, move);
			break;
	}
}

/**
 * Is there something that we have to look for ourselves?
 */
static bool has_to_look(private_unity_ext_dns_t *this)
{
	enumerator_t *enumerator;
	unity_ext_record_t *record;
	bool found = !this->clean;

	enumerator = this->records->create_enumerator(this->records);
	while (!found && enumerator->enumerate(enumerator, &record))
	{
		found = record->reason || record->undone ||
				(unity_ext_resolver_is_resolved(record) ? !this->bus
														: record->seen);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Work on the queue until it is empty.
 */
static job_requeue_t work(private_unity_ext_dns_t *this)
{
	unity_ext_settings_t *settings = this->store->get(this->store);
	change_t *change;

	if (!this->clean && this->due <= time_monotonic(NULL))
	{
		clean(this, settings);
	}
	while ((change = next_change(this)))
	{
		if (change->type == CHANGE_DOWN || !this->deadline)
		{
			for_each(this, settings, compare_files);
			make(this, change, settings);
		}
		else
		{
			unity_ext_record_destroy(change->record);
		}
		free(change->id);
		free(change);
	}
	if (!this->deadline && has_to_look(this))
	{
		look_later(this);
	}
	options_unref(settings);
	return JOB_REQUEUE_NONE;
}

/**
 * Have the queue worked on.
 */
static void start(private_unity_ext_dns_t *this)
{
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create((callback_job_cb_t)work, this, NULL,
										NULL));
}

/**
 * Queue a change.
 */
static void queue(private_unity_ext_dns_t *this, change_type_t type,
				  unity_ext_record_t *record, const char *id)
{
	change_t *change;
	bool idle;

	INIT(change,
		.type = type,
		.record = record,
		.id = strdupnull(id),
	);
	this->mutex->lock(this->mutex);
	this->queue->insert_last(this->queue, change);
	idle = !this->busy;
	this->busy = TRUE;
	this->mutex->unlock(this->mutex);
	if (idle)
	{
		start(this);
	}
}

METHOD(unity_ext_dns_t, up, void,
	private_unity_ext_dns_t *this, unity_ext_record_t *record)
{
	queue(this, CHANGE_UP, record, NULL);
}

METHOD(unity_ext_dns_t, down, void,
	private_unity_ext_dns_t *this, const char *id)
{
	queue(this, CHANGE_DOWN, NULL, id);
}

METHOD(unity_ext_dns_t, reload, void,
	private_unity_ext_dns_t *this)
{
	queue(this, CHANGE_SETTINGS, NULL, NULL);
}

METHOD(unity_ext_dns_t, list, void,
	private_unity_ext_dns_t *this,
	void (*cb)(void *data, const unity_ext_record_t *record), void *data)
{
	enumerator_t *enumerator;
	unity_ext_record_t *record;

	this->mutex->lock(this->mutex);
	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &record))
	{
		cb(data, record);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(unity_ext_dns_t, destroy, void,
	private_unity_ext_dns_t *this)
{
	unity_ext_settings_t *settings;
	unity_ext_record_t *record;

	/* no thread is left that could do it, and charon's stop waits for it */
	settings = this->store->get(this->store);
	this->deadline = time_monotonic(NULL) + settings->dns_timeout;
	work(this);
	while (this->records->remove_first(this->records,
									   (void**)&record) == SUCCESS)
	{
		undo(this, record, settings, "");
	}
	if (this->left)
	{
		DBG1(DBG_CFG, "unity-ext: no time to remove DNS servers of %u more "
			 "tunnels within unity-ext.dns_timeout, which is left to the next "
			 "start", this->left);
	}
	DESTROY_IF(this->bus);
	DESTROY_IF(this->monitor);
	options_unref(settings);
	this->records->destroy(this->records);
	this->queue->destroy(this->queue);
	this->mutex->destroy(this->mutex);
	free(this);
}

unity_ext_dns_t *unity_ext_dns_create(options_store_t *store)
{
	private_unity_ext_dns_t *this;

	INIT(this,
		.public = {
			.up = _up,
			.down = _down,
			.reload = _reload,
			.list = _list,
			.destroy = _destroy,
		},
		.store = store,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.queue = linked_list_create(),
		.records = linked_list_create(),
		.busy = TRUE,
	);
	start(this);
	return &this->public;
}
