/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_queue.h"

#include <threading/condvar.h>
#include <threading/mutex.h>

#include <time.h>

/**
 * How often a session that has ended is waited for, until its IPsec SAs are
 * gone.
 */
#define TRIES 5

typedef struct private_accounting_queue_t private_accounting_queue_t;

struct private_accounting_queue_t {
	accounting_queue_t public;
	/** Guards what follows. Bus hooks take it. */
	mutex_t *mutex;
	/** there is something to do */
	condvar_t *condvar;
	/** of accounting_entry_t* */
	linked_list_t *entries;
	/** monotonic, when they are to be written if there are any */
	time_t due;
	uint64_t dropped;
	/** the thread is to look at once what else there is to do */
	bool woken;
	bool stop;
};

METHOD(accounting_queue_t, put, void,
	private_accounting_queue_t *this, accounting_type_t type,
	accounting_session_t *session)
{
	accounting_entry_t *entry;
	u_int count;

	INIT(entry,
		.type = type,
		.session = session,
		.time = time(NULL),
	);
	this->mutex->lock(this->mutex);
	count = this->entries->get_count(this->entries);
	if (count < ACCOUNTING_QUEUE_MAX)
	{
		this->entries->insert_last(this->entries, entry);
		entry = NULL;
		if (!count)
		{
			this->due = time_monotonic(NULL) + ACCOUNTING_WAIT;
			this->condvar->signal(this->condvar);
		}
	}
	else
	{
		this->dropped++;
	}
	this->mutex->unlock(this->mutex);
	if (entry)
	{
		accounting_entry_destroy(entry);
	}
}

/**
 * Wait until there is something to do. Called with the lock.
 */
static void wait_for_work(private_accounting_queue_t *this,
						  const timeval_t *until)
{
	timeval_t due = { .tv_sec = this->due };

	if (this->entries->get_count(this->entries))
	{
		until = until && timercmp(until, &due, <) ? until : &due;
	}
	if (until)
	{
		this->condvar->timed_wait_abs(this->condvar, this->mutex, *until);
	}
	else
	{
		this->condvar->wait(this->condvar, this->mutex);
	}
}

METHOD(accounting_queue_t, take, bool,
	private_accounting_queue_t *this, const timeval_t *until,
	linked_list_t **entries)
{
	linked_list_t *empty = linked_list_create();
	bool stop;

	this->mutex->lock(this->mutex);
	if (!this->stop && !this->woken)
	{
		wait_for_work(this, until);
	}
	this->woken = FALSE;
	stop = this->stop;
	*entries = empty;
	if (stop || (this->entries->get_count(this->entries) &&
				 time_monotonic(NULL) >= this->due))
	{
		*entries = this->entries;
		this->entries = empty;
	}
	this->mutex->unlock(this->mutex);
	return !stop;
}

METHOD(accounting_queue_t, take_all, linked_list_t*,
	private_accounting_queue_t *this)
{
	linked_list_t *entries, *empty = linked_list_create();

	this->mutex->lock(this->mutex);
	entries = this->entries;
	this->entries = empty;
	this->mutex->unlock(this->mutex);
	return entries;
}

METHOD(accounting_queue_t, put_back, void,
	private_accounting_queue_t *this, linked_list_t *entries)
{
	accounting_entry_t *entry;

	this->mutex->lock(this->mutex);
	while (entries->remove_last(entries, (void**)&entry) == SUCCESS)
	{
		this->entries->insert_first(this->entries, entry);
		this->due = time_monotonic(NULL) + ACCOUNTING_WAIT;
	}
	this->mutex->unlock(this->mutex);
	entries->destroy(entries);
}

METHOD(accounting_queue_t, pause_, bool,
	private_accounting_queue_t *this)
{
	timeval_t until;
	bool over = FALSE, stop;

	time_monotonic(&until);
	until.tv_sec++;
	this->mutex->lock(this->mutex);
	while (!this->stop && !over)
	{
		over = this->condvar->timed_wait_abs(this->condvar, this->mutex, until);
	}
	stop = this->stop;
	this->mutex->unlock(this->mutex);
	return !stop;
}

METHOD(accounting_queue_t, wake, void,
	private_accounting_queue_t *this)
{
	this->mutex->lock(this->mutex);
	this->woken = TRUE;
	this->condvar->signal(this->condvar);
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_queue_t, stop, void,
	private_accounting_queue_t *this)
{
	this->mutex->lock(this->mutex);
	this->stop = TRUE;
	this->condvar->signal(this->condvar);
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_queue_t, get_dropped, uint64_t,
	private_accounting_queue_t *this)
{
	uint64_t dropped;

	this->mutex->lock(this->mutex);
	dropped = this->dropped;
	this->mutex->unlock(this->mutex);
	return dropped;
}

METHOD(accounting_queue_t, destroy, void,
	private_accounting_queue_t *this)
{
	this->entries->destroy_function(this->entries,
									(void*)accounting_entry_destroy);
	this->condvar->destroy(this->condvar);
	this->mutex->destroy(this->mutex);
	free(this);
}

bool accounting_entry_is_due(accounting_entry_t *entry,
							 accounting_sessions_t *sessions, bool last,
							 accounting_state_t *state)
{
	u_int sas = sessions->get_state(sessions, entry->session, state);

	return entry->type != ACCOUNTING_END || !sas || last ||
		   ++entry->tries >= TRIES;
}

void accounting_entry_destroy(accounting_entry_t *entry)
{
	accounting_session_unref(entry->session);
	free(entry);
}

accounting_queue_t *accounting_queue_create(void)
{
	private_accounting_queue_t *this;

	INIT(this,
		.public = {
			.put = _put,
			.take = _take,
			.take_all = _take_all,
			.put_back = _put_back,
			.pause = _pause_,
			.wake = _wake,
			.stop = _stop,
			.get_dropped = _get_dropped,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
		.entries = linked_list_create(),
	);
	return &this->public;
}
