/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unity_ext_dns.h"
#include "unity_ext_journal.h"
#include "unity_ext_resolver.h"
#include "unity_ext_settings.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_unity_ext_dns_t private_unity_ext_dns_t;
typedef struct change_t change_t;

struct private_unity_ext_dns_t {
	unity_ext_dns_t public;
	options_store_t *store;
	/** guards queue, busy and changes of records; only held to look at them, as
	 * hooks take it */
	mutex_t *mutex;
	/** what is to be done, as change_t */
	linked_list_t *queue;
	/** whether somebody is working on the queue */
	bool busy;
	/** what is done, as unity_ext_record_t; only changed by who is busy */
	linked_list_t *records;
	/** whether what an earlier daemon left is undone; only used by who is
	 * busy */
	bool clean;
};

/**
 * What is to be done.
 */
struct change_t {
	/** a tunnel that is up, or */
	unity_ext_record_t *record;
	/** ID of one that is down */
	char *id;
};

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
	const char *reason;

	reason = unity_ext_resolver_down(record, this->records,
									 settings->dns_timeout);
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
	unity_ext_journal_remove(settings->state_dir, record);
	unity_ext_record_destroy(record);
}

/**
 * Undo what a daemon left that had no time to do so.
 */
static void clean(private_unity_ext_dns_t *this,
				  unity_ext_settings_t *settings)
{
	unity_ext_record_t *record;
	linked_list_t *left;

	left = unity_ext_journal_read(settings->state_dir);
	while (left->remove_first(left, (void**)&record) == SUCCESS)
	{
		undo(this, record, settings, ", which an earlier process left");
	}
	left->destroy(left);
	this->clean = TRUE;
}

/**
 * Do what a record says.
 */
static void apply(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				  unity_ext_settings_t *settings)
{
	const char *reason;

	reason = unity_ext_journal_add(settings->state_dir, record);
	if (reason)
	{
		/* better no split DNS than some that stays for ever */
		DBG1(DBG_CFG, "unity-ext: can't record DNS servers '%s' of '%s' [%s] "
			 "in '%s': %s; see unity-ext.state_dir",
			 record->fields[UNITY_EXT_DNS],
			 record->fields[UNITY_EXT_CONNECTION],
			 record->fields[UNITY_EXT_ID], settings->state_dir, reason);
		unity_ext_record_destroy(record);
		return;
	}
	reason = unity_ext_resolver_up(record, this->records,
								   settings->dns_timeout);
	if (reason)
	{
		log_failure("set", record, reason);
		unity_ext_journal_remove(settings->state_dir, record);
		unity_ext_record_destroy(record);
		return;
	}
	DBG1(DBG_CFG, "unity-ext: set DNS servers '%s' of '%s' [%s] for domains "
		 "'%s', default domain '%s'", record->fields[UNITY_EXT_DNS],
		 record->fields[UNITY_EXT_CONNECTION], record->fields[UNITY_EXT_ID],
		 record->fields[UNITY_EXT_DOMAINS],
		 record->fields[UNITY_EXT_DEFAULT_DOMAIN]);
	this->mutex->lock(this->mutex);
	this->records->insert_last(this->records, record);
	this->mutex->unlock(this->mutex);
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
 * Work on the queue until it is empty.
 */
static job_requeue_t work(private_unity_ext_dns_t *this)
{
	unity_ext_settings_t *settings = this->store->get(this->store);
	unity_ext_record_t *record;
	change_t *change;

	if (!this->clean)
	{
		clean(this, settings);
	}
	while ((change = next_change(this)))
	{
		if (change->record)
		{
			apply(this, change->record, settings);
		}
		else
		{
			record = take(this, change->id);
			if (record)
			{
				undo(this, record, settings, "");
			}
		}
		free(change->id);
		free(change);
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
static void queue(private_unity_ext_dns_t *this, unity_ext_record_t *record,
				  const char *id)
{
	change_t *change;
	bool idle;

	INIT(change,
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
	queue(this, record, NULL);
}

METHOD(unity_ext_dns_t, down, void,
	private_unity_ext_dns_t *this, const char *id)
{
	queue(this, NULL, id);
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

	/* no thread is left that could do it */
	work(this);
	settings = this->store->get(this->store);
	while (this->records->remove_first(this->records,
									   (void**)&record) == SUCCESS)
	{
		undo(this, record, settings, "");
	}
	options_unref(settings);
	this->records->destroy(this->records);
	this->queue->destroy(this->queue);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
unity_ext_dns_t *unity_ext_dns_create(options_store_t *store)
{
	private_unity_ext_dns_t *this;

	INIT(this,
		.public = {
			.up = _up,
			.down = _down,
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
