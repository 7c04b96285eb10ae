/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_file.h"
#include "accounting_queue.h"
#include "accounting_settings.h"
#include "accounting_writer.h"

#include <daemon.h>
#include <log_limiter.h>
#include <processing/jobs/callback_job.h>
#include <quiet_thread.h>
#include <threading/mutex.h>

#include <errno.h>
#include <time.h>

/**
 * Seconds until a file that can't be opened is tried again.
 */
#define RETRY 5

typedef struct private_accounting_writer_t private_accounting_writer_t;

/**
 * Targets beside the file.
 */
enum {
	JOURNAL,
	SYSLOG,
	TARGETS,
};

struct private_accounting_writer_t {
	accounting_writer_t public;
	options_store_t *store;
	accounting_sessions_t *sessions;
	accounting_kernel_t *kernel;
	const char *own;
	log_limiter_t *limiter;
	/** that of the file */
	accounting_queue_t *queue;
	thread_t *thread;
	/** Guards what follows. Bus hooks take it. */
	mutex_t *mutex;
	/** NULL for those that records don't go to; set with the store's lock */
	accounting_target_t *targets[TARGETS];
	accounting_stats_t stats;
	/** Guards what follows, which only the thread closes. Not for hooks. */
	mutex_t *files;
	accounting_file_t *file;
	/** a file to go on in, which may be NULL, and whether there is one */
	accounting_file_t *next;
	bool change;
	/** of the thread: number of the file, and whether it is about to change */
	u_int number;
	bool changing;
	/** whether threads of targets may be started, with the store's lock */
	bool started;
	/** monotonic, of the thread: last try to open, last reading of counters */
	time_t tried;
	time_t polled;
	/** those that are to be read yet, NULL if none are being; of the thread */
	array_t *reading;
	/** why the file isn't open, static */
	const char *closed;
};

METHOD(accounting_writer_t, queue_, void,
	private_accounting_writer_t *this, accounting_type_t type,
	accounting_session_t *session)
{
	int i;

	this->mutex->lock(this->mutex);
	for (i = 0; i < TARGETS; i++)
	{
		if (this->targets[i])
		{
			this->targets[i]->queue(this->targets[i], type,
									accounting_session_ref(session));
		}
	}
	this->mutex->unlock(this->mutex);
	this->queue->put(this->queue, type, session);
}

/**
 * Get the path of the file.
 *
 * @return			allocated, NULL if nothing is to be recorded
 */
static char *get_path(private_accounting_writer_t *this)
{
	accounting_settings_t *settings = this->store->get(this->store);
	char *path = settings->file ? strdup(settings->file) : NULL;

	options_unref(settings);
	return path;
}

/**
 * Note whether records are lost.
 *
 * @param error		why, NULL if they aren't
 */
static void set_error(private_accounting_writer_t *this, const char *path,
					  const char *error)
{
	char *text = NULL;

	if (error && asprintf(&text, "%s: %s", path, error) < 0)
	{
		text = NULL;
	}
	this->mutex->lock(this->mutex);
	free(this->stats.error);
	this->stats.error = text;
	this->mutex->unlock(this->mutex);
}

/**
 * A record can't be written.
 */
static void lose(private_accounting_writer_t *this, const char *error)
{
	char more[LOG_LIMITER_MORE], *path = get_path(this);

	this->mutex->lock(this->mutex);
	this->stats.dropped++;
	this->mutex->unlock(this->mutex);
	set_error(this, path ?: "the former file", error);
	if (log_limiter_pass(this->limiter, more, "records", "write"))
	{
		DBG1(DBG_CFG, "accounting: file: lost a record, as %s can't be written "
			 "to: %s%s", path ?: "the former file", error, more);
	}
	free(path);
}

/**
 * Write a record to a file that is open.
 *
 * @return			whether it was written
 */
static bool append_record(private_accounting_writer_t *this,
						 accounting_type_t type, accounting_session_t *session,
						 const accounting_state_t *state, time_t now)
{
	char *line;
	int error;

	line = accounting_record_print(type, session, state, now);
	error = line ? this->file->append(this->file, line) : ENOMEM;
	free(line);
	if (error)
	{
		lose(this, strerror(error));
		return FALSE;
	}
	session->told = state->usage;
	session->told_moves = state->moves;
	this->mutex->lock(this->mutex);
	this->stats.written++;
	free(this->stats.error);
	this->stats.error = NULL;
	this->mutex->unlock(this->mutex);
	return TRUE;
}

/**
 * Write a record of a session, or refused login, so that each file has one
 * start and one end, or "continued", of a session.
 */
static void write_record(private_accounting_writer_t *this,
						 accounting_type_t type, accounting_session_t *session,
						 const accounting_state_t *state, time_t now)
{
	bool begun = session->told_in == this->number;

	if ((type == ACCOUNTING_START && begun) ||
		(type == ACCOUNTING_CONTINUED && !begun))
	{
		return;
	}
	if (type == ACCOUNTING_END && !begun)
	{
		append_record(this, ACCOUNTING_START, session, state, now);
	}
	if (append_record(this, type, session, state, now) &&
		type != ACCOUNTING_REFUSED)
	{
		session->told_in = type == ACCOUNTING_CONTINUED ? 0 : this->number;
	}
}

/**
 * Write a record of each session that there is.
 *
 * @param changed	whether only of those that have changed
 */
static void write_all(private_accounting_writer_t *this, accounting_type_t type,
					  bool changed)
{
	accounting_session_t *session;
	accounting_state_t state;
	array_t *all;

	all = this->sessions->get_all(this->sessions);
	while (array_remove(all, ARRAY_TAIL, &session))
	{
		this->sessions->get_state(this->sessions, session, &state);
		if (!changed || state.moves != session->told_moves ||
			memcmp(&state.usage, &session->told, sizeof(state.usage)) != 0)
		{
			write_record(this, type, session, &state, time(NULL));
		}
		accounting_state_clear(&state);
		accounting_session_unref(session);
	}
	array_destroy(all);
}

/**
 * End the sessions that a daemon before has left, and begin those that there
 * are.
 */
static void begin_file(private_accounting_writer_t *this)
{
	u_int count;

	count = this->file->recover(this->file, this->own);
	if (count)
	{
		DBG1(DBG_CFG, "accounting: %u sessions were open when charon ended, "
			 "their records say \"crash\"", count);
		this->mutex->lock(this->mutex);
		this->stats.recovered += count;
		this->mutex->unlock(this->mutex);
	}
	set_error(this, NULL, NULL);
	write_all(this, ACCOUNTING_START, FALSE);
}

/**
 * Put another file in place of the one that there is.
 */
static void set_file(private_accounting_writer_t *this, accounting_file_t *file)
{
	accounting_file_t *old;

	this->files->lock(this->files);
	old = this->file;
	this->file = file;
	this->number++;
	this->files->unlock(this->files);
	DESTROY_IF(old);
}

/**
 * Open the file, which wasn't when that was tried before.
 */
static void try_open(private_accounting_writer_t *this)
{
	accounting_file_t *file;
	char *path;

	this->tried = time_monotonic(NULL);
	path = get_path(this);
	if (path)
	{
		file = accounting_file_create(path, &this->closed);
		if (file)
		{
			set_file(this, file);
			begin_file(this);
		}
		free(path);
	}
}

/**
 * Write what is queued.
 *
 * @param last		whether there is no later
 */
static void write_entry(private_accounting_writer_t *this,
						accounting_entry_t *entry, bool last,
						linked_list_t *later)
{
	accounting_state_t state;
	bool due;

	due = accounting_entry_is_due(entry, this->sessions, last, &state);
	if (this->changing && entry->session->told_in != this->number)
	{	/* nothing of it is in this file */
		later->insert_last(later, entry);
	}
	else if (!due)
	{
		if (this->changing)
		{
			write_record(this, ACCOUNTING_CONTINUED, entry->session, &state,
						 time(NULL));
		}
		later->insert_last(later, entry);
	}
	else
	{
		if (this->file)
		{
			write_record(this, entry->type, entry->session, &state,
						 entry->time);
		}
		else if (this->closed)
		{
			lose(this, this->closed);
		}
		accounting_entry_destroy(entry);
	}
	accounting_state_clear(&state);
}

/**
 * Write all of a list.
 */
static void write_queue(private_accounting_writer_t *this, linked_list_t *queue,
						bool last)
{
	accounting_entry_t *entry;
	linked_list_t *later;

	if (!this->file && queue->get_count(queue) &&
		time_monotonic(NULL) >= this->tried + RETRY)
	{
		try_open(this);
	}
	later = linked_list_create();
	while (queue->remove_first(queue, (void**)&entry) == SUCCESS)
	{
		write_entry(this, entry, last, later);
	}
	queue->destroy(queue);
	this->queue->put_back(this->queue, later);
}

/**
 * Go on in another file, if there is one.
 */
static void change_file(private_accounting_writer_t *this)
{
	accounting_file_t *next;
	bool change;

	this->files->lock(this->files);
	change = this->change;
	next = this->next;
	this->files->unlock(this->files);
	if (!change)
	{
		return;
	}
	if (this->file)
	{
		write_all(this, ACCOUNTING_CONTINUED, FALSE);
		/* and those that have ended, which aren't among these any more */
		this->changing = TRUE;
		write_queue(this, this->queue->take_all(this->queue), FALSE);
		this->changing = FALSE;
	}
	this->files->lock(this->files);
	if (this->next != next)
	{	/* yet another one meanwhile, which is for the next time */
		next = NULL;
		change = FALSE;
	}
	else
	{
		this->next = NULL;
		this->change = FALSE;
	}
	this->files->unlock(this->files);
	if (change)
	{
		set_file(this, next);
		if (next)
		{
			begin_file(this);
		}
		else
		{	/* nothing is to be recorded */
			this->closed = NULL;
			set_error(this, NULL, NULL);
		}
	}
}

/**
 * Get the time between two readings of the counters.
 */
static uint32_t get_interval(private_accounting_writer_t *this)
{
	accounting_settings_t *settings = this->store->get(this->store);
	uint32_t interval = settings->update_interval;

	options_unref(settings);
	return interval;
}

/**
 * Read some of the counters, if it is time.
 */
static void poll_counters(private_accounting_writer_t *this)
{
	uint32_t interval = get_interval(this);
	time_t now = time_monotonic(NULL);

	if (this->reading ||
		(this->file && interval && now >= this->polled + interval))
	{
		this->kernel->read(this->kernel, &this->reading);
		if (!this->reading)
		{
			this->polled = now;
			if (this->file)
			{
				write_all(this, ACCOUNTING_UPDATE, TRUE);
			}
		}
	}
}

/**
 * Wait until there is something to do.
 *
 * @param queue		gets what is to be written
 * @return			FALSE if it is to end
 */
static bool wait_for_work(private_accounting_writer_t *this,
						  linked_list_t **queue)
{
	uint32_t interval = this->file ? get_interval(this) : 0;
	timeval_t until = { .tv_sec = this->polled + interval };

	if (this->reading)
	{
		time_monotonic(&until);
		timeval_add_ms(&until, ACCOUNTING_KERNEL_PAUSE);
	}
	return this->queue->take(this->queue,
							 this->reading || interval ? &until : NULL, queue);
}

/**
 * Thread that writes.
 */
static void *run(private_accounting_writer_t *this)
{
	linked_list_t *queue;
	bool more;

	if (this->file)
	{
		begin_file(this);
	}
	do
	{
		more = wait_for_work(this, &queue);
		write_queue(this, queue, !more);
		change_file(this);
		if (more)
		{
			poll_counters(this);
		}
	}
	while (more);
	this->kernel->forget(this->kernel, this->reading);
	return NULL;
}

/**
 * Say that a thread can't be started.
 */
static void complain_threads(void)
{
	DBG1(DBG_CFG, "accounting: nothing is recorded, as there are too many "
		 "threads");
}

/**
 * Start the threads, callback of a job: jobs run once charon is whom it is to
 * be, and the kernel is asked by this thread.
 */
static job_requeue_t start(private_accounting_writer_t *this)
{
	bool started;
	int i;

	this->thread = quiet_thread_create((thread_main_t)run, this);
	started = this->thread != NULL;
	this->store->lock(this->store);
	for (i = 0; i < TARGETS; i++)
	{
		if (this->targets[i])
		{
			started = this->targets[i]->start(this->targets[i]) && started;
		}
	}
	this->started = TRUE;
	this->store->unlock(this->store);
	if (!started)
	{
		complain_threads();
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Create a target as settings have it.
 *
 * @return			NULL if records don't go there
 */
static accounting_target_t *create_target(private_accounting_writer_t *this,
										  accounting_settings_t *settings,
										  int index)
{
	switch (index)
	{
		case JOURNAL:
			return settings->journal
				? accounting_target_create(this->sessions, -1) : NULL;
		default:
			return settings->syslog != OPTION_UNSET_ENUM
				? accounting_target_create(this->sessions,
										   log_facility(settings->syslog))
				: NULL;
	}
}

/**
 * Have records go to a target as new settings have it.
 */
static void set_target(private_accounting_writer_t *this,
					   accounting_settings_t *settings, int index)
{
	accounting_target_t *target, *old;

	target = create_target(this, settings, index);
	/* bus hooks don't wait for that */
	if (target && this->started && !target->start(target))
	{
		complain_threads();
	}
	this->mutex->lock(this->mutex);
	old = this->targets[index];
	this->targets[index] = target;
	this->mutex->unlock(this->mutex);
	DESTROY_IF(old);
}

/**
 * Have records go to the targets of new settings, where these differ.
 */
static void set_targets(private_accounting_writer_t *this,
						accounting_settings_t *settings)
{
	accounting_settings_t *before = this->store->get(this->store);

	if (settings->journal != before->journal)
	{
		set_target(this, settings, JOURNAL);
	}
	if (settings->syslog != before->syslog)
	{
		set_target(this, settings, SYSLOG);
	}
	options_unref(before);
}

/**
 * Is the file at a path the one that records go to, or will?
 */
static bool is_current(private_accounting_writer_t *this, const char *path)
{
	accounting_file_t *file;
	bool current;

	this->files->lock(this->files);
	file = this->change ? this->next : this->file;
	current = file && file->is_at(file, path);
	this->files->unlock(this->files);
	return current;
}

/**
 * Have records go to another file.
 */
static void go_on(private_accounting_writer_t *this, accounting_file_t *file)
{
	accounting_file_t *before;

	this->files->lock(this->files);
	before = this->next;
	this->next = file;
	this->change = TRUE;
	this->files->unlock(this->files);
	DESTROY_IF(before);
}

METHOD(accounting_writer_t, apply, void,
	private_accounting_writer_t *this, void *config, option_errors_t *errors)
{
	accounting_settings_t *settings = config;
	accounting_file_t *file;
	const char *error;
	bool set = TRUE;
	char *path;

	path = get_path(this);
	if (!settings->file)
	{
		go_on(this, NULL);
	}
	else if (!path || !streq(path, settings->file))
	{
		if (!is_current(this, settings->file))
		{
			file = accounting_file_create(settings->file, &error);
			if (file)
			{
				go_on(this, file);
			}
			else
			{
				errors->add(errors, "file", settings->file,
							"can't open it: %s", error);
				set = FALSE;
			}
		}
	}
	if (set)
	{
		set_targets(this, settings);
	}
	free(path);
}

METHOD(accounting_writer_t, reopen, void,
	private_accounting_writer_t *this)
{
	accounting_file_t *file;
	const char *error;
	char *path;

	path = get_path(this);
	if (path && !is_current(this, path))
	{
		file = accounting_file_create(path, &error);
		if (file)
		{
			go_on(this, file);
		}
		else
		{
			DBG1(DBG_CFG, "accounting: file: can't open %s again: %s; records "
				 "go on to the old one, if there is one", path, error);
		}
	}
	free(path);
	this->queue->wake(this->queue);
}

METHOD(accounting_writer_t, get_stats, void,
	private_accounting_writer_t *this, accounting_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	*stats = this->stats;
	stats->error = stats->error ? strdup(stats->error) : NULL;
	if (this->targets[JOURNAL])
	{
		this->targets[JOURNAL]->get_stats(this->targets[JOURNAL],
										  &stats->journal);
	}
	if (this->targets[SYSLOG])
	{
		this->targets[SYSLOG]->get_stats(this->targets[SYSLOG],
										 &stats->syslog);
	}
	this->mutex->unlock(this->mutex);
	stats->dropped += this->queue->get_dropped(this->queue);
}

METHOD(accounting_writer_t, destroy, void,
	private_accounting_writer_t *this)
{
	int i;

	this->queue->stop(this->queue);
	if (this->thread)
	{
		this->thread->join(this->thread);
	}
	for (i = 0; i < TARGETS; i++)
	{
		DESTROY_IF(this->targets[i]);
	}
	DESTROY_IF(this->file);
	DESTROY_IF(this->next);
	this->queue->destroy(this->queue);
	this->limiter->destroy(this->limiter);
	this->mutex->destroy(this->mutex);
	this->files->destroy(this->files);
	free(this->stats.error);
	free(this);
}

/**
 * Open the file, and create the targets, at the start.
 */
static void open_first(private_accounting_writer_t *this)
{
	accounting_settings_t *settings = this->store->get(this->store);
	char *path;
	int i;

	for (i = 0; i < TARGETS; i++)
	{
		this->targets[i] = create_target(this, settings, i);
	}
	options_unref(settings);

	path = get_path(this);
	if (path)
	{
		this->file = accounting_file_create(path, &this->closed);
		if (!this->file)
		{
			set_error(this, path, this->closed);
			DBG1(DBG_CFG, "accounting: file: can't open %s: %s; records are "
				 "lost until it can be, which is tried again", path,
				 this->closed);
		}
		free(path);
	}
}

accounting_writer_t *accounting_writer_create(options_store_t *store,
											  accounting_sessions_t *sessions,
											  accounting_kernel_t *kernel,
											  const char *own)
{
	private_accounting_writer_t *this;

	INIT(this,
		.public = {
			.queue = _queue_,
			.apply = _apply,
			.reopen = _reopen,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.store = store,
		.sessions = sessions,
		.kernel = kernel,
		.own = own,
		.queue = accounting_queue_create(),
		.limiter = log_limiter_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.files = mutex_create(MUTEX_TYPE_DEFAULT),
		.number = 1,
		.tried = time_monotonic(NULL),
		.polled = time_monotonic(NULL),
	);
	open_first(this);
	lib->processor->queue_job(lib->processor, (job_t*)
			callback_job_create_with_prio((callback_job_cb_t)start, this, NULL,
										  NULL, JOB_PRIO_CRITICAL));
	return &this->public;
}
