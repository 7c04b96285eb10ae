/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_dns.h"
#include "unity_ext_journal.h"
#include "unity_ext_link.h"
#include "unity_ext_resolved.h"
#include "unity_ext_resolver.h"
#include "unity_ext_settings.h"

#include <daemon.h>
#include <link_monitor.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

#include <sys/time.h>
#include <unistd.h>

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
 * How long charon's stop waits for programs, in milliseconds.
 */
#define STOP_WAIT 200

/**
 * How often to look whether those of an earlier process are over, in
 * milliseconds.
 */
#define LEFT_INTERVAL 100

/**
 * Group of rules of IPv6, for which there is no RTMGRP_*.
 */
#define RTMGRP_IPV6_RULE (1 << (RTNLGRP_IPV6_RULE - 1))

typedef struct private_unity_ext_dns_t private_unity_ext_dns_t;

struct private_unity_ext_dns_t {
	unity_ext_dns_t public;
	options_store_t *store;
	/** guards what follows and changes of records; only held to look at them,
	 * as hooks take it */
	mutex_t *mutex;
	/** what is to be put in force, as unity_ext_record_t */
	linked_list_t *added;
	/** what else is to be done, of change_t */
	u_int changes;
	/** whether somebody is working on it */
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
	unity_ext_resolved_t *resolved;
	/** tells that others undid interfaces, routes or rules; NULL as above */
	link_monitor_t *monitor;
	/** whether charon stops; set once, then all that is left to do is
	 * destroy()'s */
	volatile bool stop;
};

/**
 * What is to be done besides what tunnels want.
 */
enum change_t {
	/** systemd-resolved was started */
	CHANGE_RESOLVED = 1,
	/** see whether others undid something, or what failed works now */
	CHANGE_LOOK = 2,
	/** the settings were loaded anew */
	CHANGE_SETTINGS = 4,
};

static void queue(private_unity_ext_dns_t *this, u_int changes);

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
	record->undone |= record->in_force &&
		record->seen != unity_ext_resolver_look(record, settings->dns_files);
}

/**
 * Say that something failed, and where to look.
 */
static void log_failure(const char *what, unity_ext_record_t *record,
						const char *reason)
{
	DBG1(DBG_CFG, "unity-ext: can't %s DNS servers '%s' of '%s' [%u] with %s: "
		 "%s; see unity-ext.dns_method", what, record->dns, record->connection,
		 record->id, unity_ext_methods[record->method], reason);
}

/**
 * That's it for a record, as it was undone or that failed.
 */
static void undone(unity_ext_record_t *record, const char *reason,
				   const char *why)
{
	if (reason)
	{
		log_failure("remove", record, reason);
	}
	else
	{
		DBG1(DBG_CFG, "unity-ext: removed DNS servers '%s' of '%s' [%u]%s",
			 record->dns, record->connection, record->id, why);
	}
	unity_ext_journal_remove(record);
	unity_ext_record_destroy(record);
}

/**
 * Undo what a record says.
 */
static void undo(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				 unity_ext_settings_t *settings, const char *why)
{
	const char *reason;

	if (!record->in_force)
	{
		unity_ext_journal_remove(record);
		unity_ext_record_destroy(record);
		return;
	}
	reason = unity_ext_resolver_set(record, FALSE, this->records,
									settings->dns_timeout, &this->stop);
	for_each(this, settings, note_files);
	if (reason && this->stop && record->method != UNITY_EXT_RESOLVED)
	{
		/* it was killed for destroy() to call it again */
		this->mutex->lock(this->mutex);
		this->records->insert_last(this->records, record);
		this->mutex->unlock(this->mutex);
		return;
	}
	if (reason && record->method == UNITY_EXT_RESOLVED)
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
	undone(record, reason, why);
}

/**
 * Read what a daemon left. Its programs have to be over, else they undo what we
 * do. They are killed some day, if need be.
 */
static linked_list_t *read_left(private_unity_ext_dns_t *this,
								unity_ext_settings_t *settings)
{
	linked_list_t *left;
	bool wait, told = FALSE;

	left = unity_ext_journal_read(settings->state_dir, &wait);
	while (wait && !this->stop)
	{
		if (!told)
		{
			DBG1(DBG_CFG, "unity-ext: waiting for programs of an earlier "
				 "process that still remove DNS servers");
			told = TRUE;
		}
		usleep(LEFT_INTERVAL * 1000);
		left->destroy(left);
		left = unity_ext_journal_read(settings->state_dir, &wait);
	}
	return left;
}

/**
 * Undo what a daemon left that had no time to do so, or that couldn't be.
 */
static void clean(private_unity_ext_dns_t *this,
				  unity_ext_settings_t *settings)
{
	unity_ext_record_t *record;
	linked_list_t *left;

	left = read_left(this, settings);
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
	queue(this, CHANGE_LOOK);
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
		DBG1(DBG_CFG, "unity-ext: can't record DNS servers '%s' of '%s' [%u] "
			 "in '%s': %s; see unity-ext.state_dir", record->dns,
			 record->connection, record->id, settings->state_dir, reason);
	}
	return !reason;
}

/**
 * Put a record in force, maybe once more. Returns FALSE if that failed.
 */
static bool put_in_force(private_unity_ext_dns_t *this,
						 unity_ext_record_t *record,
						 unity_ext_settings_t *settings)
{
	const char *reason;

	if (record->method == UNITY_EXT_RESOLVED && record->own_interface &&
		!record->link)
	{
		unity_ext_link_name(record);
	}
	/* better no split DNS than some that stays for ever */
	if (!write_record(record, settings))
	{
		set_state(this, record, "it can't be recorded");
		return FALSE;
	}
	reason = unity_ext_resolver_set(record, TRUE, this->records,
									settings->dns_timeout, &this->stop);
	for_each(this, settings, note_files);
	if (!reason)
	{
		set_state(this, record, NULL);
		DBG1(DBG_CFG, "unity-ext: set DNS servers '%s' of '%s' [%u] for "
			 "domains '%s', default domain '%s'", record->dns,
			 record->connection, record->id, record->domains,
			 record->default_domain);
		return TRUE;
	}
	/* once for each reason, as it is tried again */
	if (!streq(record->reason, reason))
	{
		log_failure("set", record, reason);
	}
	set_state(this, record, reason);
	if (!record->in_force && record->method == UNITY_EXT_RESOLVED)
	{
		unity_ext_journal_remove(record);
	}
	return FALSE;
}

#ifdef HAVE_LIBSYSTEMD

/**
 * Tell systemd-resolved, which was started.
 */
static void tell_resolved(private_unity_ext_dns_t *this,
						  unity_ext_record_t *record,
						  unity_ext_settings_t *settings)
{
	if (record->method == UNITY_EXT_RESOLVED &&
		(record->in_force || record->reason))
	{
		DBG1(DBG_CFG, "unity-ext: systemd-resolved or D-Bus was started, "
			 "telling it of '%s' [%u]", record->connection, record->id);
		put_in_force(this, record, settings);
	}
}

CALLBACK(uses_resolved, bool,
	unity_ext_record_t *record, va_list args)
{
	return record->method == UNITY_EXT_RESOLVED;
}

CALLBACK(resolved_changed, void,
	private_unity_ext_dns_t *this)
{
	queue(this, CHANGE_RESOLVED);
}

CALLBACK(kernel_changed, void,
	private_unity_ext_dns_t *this)
{
	queue(this, CHANGE_LOOK);
}

/**
 * See to it that we are told about systemd-resolved and what records need that
 * use it, and that it is told what it missed until then, or by a restart.
 */
static void find_resolved(private_unity_ext_dns_t *this, bool started,
						  unity_ext_settings_t *settings)
{
	if (this->resolved && !this->resolved->is_alive(this->resolved))
	{
		this->resolved->destroy(this->resolved);
		this->resolved = NULL;
	}
	if (!this->records->find_first(this->records, uses_resolved, NULL))
	{
		return;
	}
	if (!this->resolved)
	{
		this->resolved = unity_ext_resolved_create(resolved_changed, this,
												   &this->stop);
		started = TRUE;
	}
	if (!this->monitor)
	{
		this->monitor = link_monitor_create(
						RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
						RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE |
						RTMGRP_IPV4_RULE | RTMGRP_IPV6_RULE,
						unity_ext_link_matters, SETTLE, kernel_changed, this);
	}
	if (this->resolved && started)
	{
		for_each(this, settings, tell_resolved);
	}
}

#else

#define find_resolved(...)

#endif /* HAVE_LIBSYSTEMD */

/**
 * Do what a record says.
 */
static void apply(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				  unity_ext_settings_t *settings)
{
	find_resolved(this, FALSE, settings);
	if (!put_in_force(this, record, settings) &&
		record->method != UNITY_EXT_RESOLVED)
	{
		this->mutex->lock(this->mutex);
		this->records->remove(this->records, record, NULL);
		this->mutex->unlock(this->mutex);
		/* a program that failed may have done half of it */
		record->in_force = record->path != NULL;
		undo(this, record, settings, ", as setting them failed");
	}
}

/**
 * See whether others undid a record, or whether it can be put in force by now.
 */
static void check(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				  unity_ext_settings_t *settings)
{
	if (record->link && !unity_ext_link_repair(record))
	{
		record->undone = TRUE;
	}
	if ((record->reason || record->undone) &&
		record->due <= time_monotonic(NULL))
	{
		if (!record->reason)
		{
			DBG1(DBG_CFG, "unity-ext: others changed what was set for '%s' "
				 "[%u] with %s, setting it again", record->connection,
				 record->id, unity_ext_methods[record->method]);
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

CALLBACK(is_gone, bool,
	unity_ext_record_t *record, va_list args)
{
	return record->gone;
}

/**
 * Get what is to be done next, or stop being busy if there is nothing.
 *
 * @param record	set to one that is gone, off the list, else to one that was
 *					added, which is on the list now, or NULL
 * @param changes	set to what else is to be done
 */
static bool get_next(private_unity_ext_dns_t *this,
					 unity_ext_record_t **record, u_int *changes)
{
	this->mutex->lock(this->mutex);
	*changes = this->stop ? 0 : this->changes;
	this->changes = 0;
	*record = NULL;
	if (this->stop)
	{
		/* whatever is left is destroy()'s */
	}
	else if (this->records->find_first(this->records, is_gone, (void**)record))
	{
		this->records->remove(this->records, *record, NULL);
	}
	else if (this->added->remove_first(this->added,
									   (void**)record) != SUCCESS)
	{
		*record = NULL;
	}
	else if (!(*record)->gone)
	{
		this->records->insert_last(this->records, *record);
	}
	this->busy = *record || *changes;
	this->mutex->unlock(this->mutex);
	return *record || *changes;
}

/**
 * Make changes.
 */
static void make(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				 u_int changes, unity_ext_settings_t *settings)
{
	for_each(this, settings, compare_files);
	/* by the list, which is ours alone: one that is on it may be gone by now,
	 * and is the next then */
	if (record && !this->records->find_first(this->records, NULL,
											 (void**)&record))
	{
		undo(this, record, settings, "");
	}
	else if (record)
	{
		apply(this, record, settings);
	}
	if (changes & CHANGE_SETTINGS)
	{
		for_each(this, settings, move);
	}
	if (changes & (CHANGE_RESOLVED | CHANGE_LOOK))
	{
		find_resolved(this, changes & CHANGE_RESOLVED, settings);
	}
	if (changes & CHANGE_LOOK)
	{
		for_each(this, settings, check);
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

	/* somebody else may be busy by now */
	this->mutex->lock(this->mutex);
	enumerator = this->records->create_enumerator(this->records);
	while (!found && enumerator->enumerate(enumerator, &record))
	{
		found = record->reason || record->undone ||
				(record->method == UNITY_EXT_RESOLVED ? !this->resolved :
														record->seen);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * Work until there is nothing left to do.
 */
static job_requeue_t work(private_unity_ext_dns_t *this)
{
	unity_ext_settings_t *settings = this->store->get(this->store);
	unity_ext_record_t *record;
	u_int changes;

	if (!this->clean && this->due <= time_monotonic(NULL))
	{
		clean(this, settings);
	}
	while (get_next(this, &record, &changes))
	{
		make(this, record, changes, settings);
	}
	if (has_to_look(this))
	{
		look_later(this);
	}
	options_unref(settings);
	return JOB_REQUEUE_NONE;
}

/**
 * charon stops, which waits for the job.
 */
static bool stop(private_unity_ext_dns_t *this)
{
	this->stop = TRUE;
	return TRUE;
}

/**
 * Have it worked on.
 */
static void start(private_unity_ext_dns_t *this)
{
	lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create((callback_job_cb_t)work, this, NULL,
										(callback_job_cancel_t)stop));
}

/**
 * Queue changes, which may be none but that records were added or are gone.
 */
static void queue(private_unity_ext_dns_t *this, u_int changes)
{
	bool idle;

	this->mutex->lock(this->mutex);
	this->changes |= changes;
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
	this->mutex->lock(this->mutex);
	this->added->insert_last(this->added, record);
	this->mutex->unlock(this->mutex);
	queue(this, 0);
}

CALLBACK(has_id, bool,
	unity_ext_record_t *record, va_list args)
{
	uint32_t id;

	VA_ARGS_VGET(args, id);
	return record->id == id && !record->gone;
}

METHOD(unity_ext_dns_t, down, void,
	private_unity_ext_dns_t *this, uint32_t id)
{
	unity_ext_record_t *record;

	this->mutex->lock(this->mutex);
	if (this->records->find_first(this->records, has_id, (void**)&record, id) ||
		this->added->find_first(this->added, has_id, (void**)&record, id))
	{
		record->gone = TRUE;
	}
	this->mutex->unlock(this->mutex);
	queue(this, 0);
}

METHOD(unity_ext_dns_t, reload, void,
	private_unity_ext_dns_t *this)
{
	queue(this, CHANGE_SETTINGS);
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
		if (record->in_force || record->reason)
		{
			cb(data, record);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

/**
 * A program is over that undid a record, or it goes on.
 */
static void ended(unity_ext_record_t *record, const char *reason)
{
	if (!reason || !streq(reason, UNITY_EXT_GOES_ON))
	{
		undone(record, reason, "");
		return;
	}
	/* its file stays, for the next start */
	DBG1(DBG_CFG, "unity-ext: %s goes on without charon, which doesn't wait "
		 "for it to remove DNS servers '%s' of '%s' [%u]; the next start calls "
		 "it again", record->program, record->dns, record->connection,
		 record->id);
	unity_ext_record_destroy(record);
}

/**
 * Undo everything, while charon's stop waits for it.
 */
static void undo_all(private_unity_ext_dns_t *this,
					 unity_ext_settings_t *settings)
{
	u_int count = this->records->get_count(this->records), programs = 0;
	unity_ext_record_t *record, *list[count + 1];
	int64_t left = STOP_WAIT;
	timeval_t begin, now;

	time_monotonic(&begin);
	while (this->records->remove_first(this->records,
									   (void**)&record) == SUCCESS)
	{
		if (record->in_force && record->method != UNITY_EXT_RESOLVED)
		{
			unity_ext_journal_leave(record);
			list[programs++] = record;
		}
		else if (record->in_force && this->due && !record->own_interface)
		{
			log_failure("remove", record, "the next start does");
			unity_ext_record_destroy(record);
		}
		else
		{
			undo(this, record, settings, "");
		}
	}
	if (programs)
	{
		time_monotonic(&now);
		timersub(&now, &begin, &now);
		left -= now.tv_sec * 1000 + now.tv_usec / 1000;
		unity_ext_resolver_leave(list, programs, settings->dns_timeout,
								 max(0, left), ended);
	}
}

METHOD(unity_ext_dns_t, destroy, void,
	private_unity_ext_dns_t *this)
{
	unity_ext_settings_t *settings;
	unity_ext_record_t *record;
	linked_list_t *left;
	bool wait;

	/* no thread is left that could do it */
	this->stop = TRUE;
	settings = this->store->get(this->store);
	if (!this->clean && this->due <= time_monotonic(NULL))
	{
		left = unity_ext_journal_read(settings->state_dir, &wait);
		while (left->remove_first(left, (void**)&record) == SUCCESS)
		{
			this->records->insert_last(this->records, record);
		}
		left->destroy(left);
	}
	this->due = 0;
	undo_all(this, settings);
	DESTROY_IF(this->resolved);
	DESTROY_IF(this->monitor);
	options_unref(settings);
	this->records->destroy(this->records);
	this->added->destroy_function(this->added,
								  (void*)unity_ext_record_destroy);
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
		.added = linked_list_create(),
		.records = linked_list_create(),
		.busy = TRUE,
	);
	start(this);
	return &this->public;
}
