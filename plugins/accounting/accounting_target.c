/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_lines.h"
#include "accounting_queue.h"
#include "accounting_target.h"

#include <daemon.h>
#include <log_limiter.h>
#include <log_socket.h>
#include <quiet_thread.h>
#include <threading/mutex.h>

#include <errno.h>
#include <unistd.h>

typedef struct private_accounting_target_t private_accounting_target_t;

struct private_accounting_target_t {
	accounting_target_t public;
	accounting_sessions_t *sessions;
	/** as for syslog(3), -1 for journald */
	int facility;
	log_socket_t *socket;
	accounting_queue_t *queue;
	log_limiter_t *limiter;
	thread_t *thread;
	mutex_t *mutex;
	/** guarded by mutex */
	accounting_target_stats_t stats;
};

/**
 * Print a record.
 */
static chunk_t print(private_accounting_target_t *this,
					 accounting_entry_t *entry, const accounting_state_t *state)
{
	chunk_t datagram = chunk_empty;
	char *record, *end;

	record = accounting_record_print(entry->type, entry->session, state,
									 entry->time);
	if (record)
	{
		end = strchr(record, '\n');
		if (end)
		{
			*end = '\0';
		}
		datagram = this->facility < 0
			? accounting_lines_journal(entry->type, entry->session, state,
									   record)
			: accounting_lines_syslog(entry->type, record, this->facility,
									  getpid(), entry->time);
		free(record);
	}
	return datagram;
}

/**
 * Note what became of a record.
 *
 * @param error			errno, 0 if it was taken
 */
static void note(private_accounting_target_t *this, int error)
{
	const char *name = this->facility < 0 ? "journal" : "syslog";
	char more[LOG_LIMITER_MORE];

	this->mutex->lock(this->mutex);
	this->stats.written += !error;
	this->stats.dropped += !!error;
	this->stats.error = error;
	this->mutex->unlock(this->mutex);
	if (error && log_limiter_pass(this->limiter, more, "records", "%s", name))
	{
		DBG1(DBG_CFG, "accounting: %s: lost a record, as it can't be written "
			 "to: %s%s", name, strerror(error), more);
	}
}

/**
 * Send a record. It is tried again if those before it went through.
 */
static void send_entry(private_accounting_target_t *this,
					   accounting_entry_t *entry,
					   const accounting_state_t *state)
{
	chunk_t datagram = print(this, entry, state);
	u_int tries = this->stats.error ? 0 : ACCOUNTING_TARGET_TRIES;
	int error;

	do
	{
		error = datagram.len ? this->socket->send(this->socket, datagram)
							 : ENOMEM;
	}
	while (error && error != EMSGSIZE && error != ENOMEM && tries-- &&
		   this->queue->pause(this->queue));
	note(this, error);
	chunk_free(&datagram);
}

/**
 * Thread that sends.
 */
static void *run(private_accounting_target_t *this)
{
	linked_list_t *entries, *later;
	accounting_entry_t *entry;
	accounting_state_t state;
	bool more;

	do
	{
		more = this->queue->take(this->queue, NULL, &entries);
		later = linked_list_create();
		while (entries->remove_first(entries, (void**)&entry) == SUCCESS)
		{
			if (accounting_entry_is_due(entry, this->sessions, !more, &state))
			{
				send_entry(this, entry, &state);
				accounting_entry_destroy(entry);
			}
			else
			{
				later->insert_last(later, entry);
			}
			accounting_state_clear(&state);
		}
		entries->destroy(entries);
		this->queue->put_back(this->queue, later);
	}
	while (more);
	return NULL;
}

METHOD(accounting_target_t, queue_, void,
	private_accounting_target_t *this, accounting_type_t type,
	accounting_session_t *session)
{
	this->queue->put(this->queue, type, session);
}

METHOD(accounting_target_t, start, bool,
	private_accounting_target_t *this)
{
	this->thread = quiet_thread_create((thread_main_t)run, this);
	return this->thread != NULL;
}

METHOD(accounting_target_t, get_stats, void,
	private_accounting_target_t *this, accounting_target_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	*stats = this->stats;
	this->mutex->unlock(this->mutex);
	stats->dropped += this->queue->get_dropped(this->queue);
}

METHOD(accounting_target_t, destroy, void,
	private_accounting_target_t *this)
{
	this->queue->stop(this->queue);
	if (this->thread)
	{
		this->thread->join(this->thread);
	}
	this->queue->destroy(this->queue);
	this->socket->destroy(this->socket);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	free(this);
}

accounting_target_t *accounting_target_create(accounting_sessions_t *sessions,
											  int facility)
{
	private_accounting_target_t *this;

	INIT(this,
		.public = {
			.queue = _queue_,
			.start = _start,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.sessions = sessions,
		.facility = facility,
		.socket = log_socket_create(facility < 0 ? LOG_SOCKET_JOURNAL
												 : LOG_SOCKET_SYSLOG),
		.queue = accounting_queue_create(),
		.limiter = log_limiter_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
