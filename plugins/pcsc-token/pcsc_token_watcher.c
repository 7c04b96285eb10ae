/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_watcher.h"
#include "pcsc_token_pcscd.h"
#include "pcsc_token_process.h"
#include "pcsc_token_settings.h"

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

#include <errno.h>

/**
 * How long the helper may be silent beyond its interval until pcscd counts as
 * hung, in ms.
 */
#define SILENCE 4000

/**
 * How often start_command is run at most, in ms.
 */
#define START_INTERVAL 30000

typedef struct private_pcsc_token_watcher_t private_pcsc_token_watcher_t;

/**
 * Private data of a pcsc_token_watcher_t object. What has no lock is used by
 * the job alone.
 */
struct private_pcsc_token_watcher_t {
	pcsc_token_watcher_t public;
	/** settings in force */
	options_store_t *store;
	/** whom to tell */
	pcsc_token_report_t report;
	void *data;
	/** Helper that watches, NULL if there is none. Set by the job, protected by
	 * mutex for others. */
	pcsc_token_process_t *process;
	/** when pcscd counts as hung, or when to start a helper if there is none */
	uint64_t due;
	/** when start_command was run last */
	uint64_t started;
	/** whether to stop, protected by mutex */
	bool stop;
	/** lock for process and stop */
	mutex_t *mutex;
	/** signaled when stop is set */
	condvar_t *condvar;
};

/**
 * Is it time to stop?
 */
static bool is_stopped(private_pcsc_token_watcher_t *this)
{
	bool stop;

	this->mutex->lock(this->mutex);
	stop = this->stop;
	this->mutex->unlock(this->mutex);
	return stop;
}

/**
 * Replace the helper. It is killed if it is time to stop.
 */
static void set_process(private_pcsc_token_watcher_t *this,
						pcsc_token_process_t *process)
{
	pcsc_token_process_t *old = this->process;

	this->mutex->lock(this->mutex);
	this->process = process;
	this->mutex->unlock(this->mutex);
	DESTROY_IF(old);
	if (process && is_stopped(this))
	{
		process->kill(process);
	}
}

/**
 * The helper is of no more use: start another one later.
 */
static void give_up(private_pcsc_token_watcher_t *this, const char *reason,
					const pcsc_token_settings_t *settings)
{
	set_process(this, NULL);
	this->due = pcsc_token_now() + settings->poll_interval * 1000;
	this->report(this->data, NULL, 0, reason);
}

/**
 * Handle a message of the helper.
 */
static void handle(private_pcsc_token_watcher_t *this,
				   pcsc_token_message_t *message,
				   const pcsc_token_settings_t *settings)
{
	pcsc_token_reader_t states[PCSC_TOKEN_READERS_MAX] = {};
	char reason[BUF_LEN];
	u_int count;

	if (pcsc_token_message_type(message) == PCSC_TOKEN_READERS &&
		pcsc_token_readers_parse(message, states, &count))
	{
		this->due = pcsc_token_now() + settings->poll_interval * 1000 + SILENCE;
		this->report(this->data, states, count, NULL);
	}
	else if (pcsc_token_message_type(message) == PCSC_TOKEN_NO_PCSCD)
	{
		give_up(this, pcsc_token_reason(message, reason, "unknown reason"),
				settings);
	}
	else
	{
		give_up(this, "invalid message of the helper", settings);
	}
}

/**
 * Wait for the helper to say something.
 */
static void listen_to(private_pcsc_token_watcher_t *this,
					  const pcsc_token_settings_t *settings)
{
	pcsc_token_message_t message;
	uint64_t now = pcsc_token_now();

	switch (this->process->receive(this->process, &message,
								   this->due > now ? this->due - now : 0))
	{
		case SUCCESS:
			handle(this, &message, settings);
			break;
		case NEED_MORE:
			/* the helper stays: once pcscd runs again, it will go on */
			this->due = pcsc_token_now() + SILENCE +
						settings->poll_interval * 1000;
			this->report(this->data, NULL, 0, "it doesn't answer");
			break;
		default:
			give_up(this, "the helper ended", settings);
			break;
	}
}

/**
 * Start a helper if there is somebody to connect to.
 */
static void start(private_pcsc_token_watcher_t *this,
				  const pcsc_token_settings_t *settings)
{
	char *helper = settings->helper ?: PCSC_TOKEN_HELPER, poll[16], text[256];
	char *argv[] = { helper, "watch", poll, NULL };
	pcsc_token_process_t *process;
	uint64_t now = pcsc_token_now();
	int error;

	error = pcsc_token_pcscd_connect();
	if (error)
	{
		if (settings->start_command && now - this->started >= START_INTERVAL)
		{
			this->started = now;
			pcsc_token_pcscd_start(settings->start_command, 0);
		}
		give_up(this, strerror(error), settings);
		return;
	}
	snprintf(poll, sizeof(poll), "%u", settings->poll_interval);
	process = pcsc_token_process_create(argv);
	if (!process)
	{
		snprintf(text, sizeof(text), "can't run helper = \"%s\": %s", helper,
				 strerror(errno));
		give_up(this, text, settings);
		return;
	}
	this->due = now + settings->poll_interval * 1000 + SILENCE;
	set_process(this, process);
}

/**
 * Wait until it is time to start a helper, or to stop.
 */
static void wait_for_start(private_pcsc_token_watcher_t *this)
{
	uint64_t now = pcsc_token_now();

	this->mutex->lock(this->mutex);
	while (!this->stop && now < this->due)
	{
		this->condvar->timed_wait(this->condvar, this->mutex,
								  this->due - now);
		now = pcsc_token_now();
	}
	this->mutex->unlock(this->mutex);
}

/**
 * The job, one step of it.
 */
static job_requeue_t watch(private_pcsc_token_watcher_t *this)
{
	pcsc_token_settings_t *settings;

	if (!this->process)
	{
		wait_for_start(this);
	}
	if (is_stopped(this))
	{
		return JOB_REQUEUE_NONE;
	}
	pcsc_token_pcscd_reap();
	settings = this->store->get(this->store);
	if (this->process)
	{
		listen_to(this, settings);
	}
	else
	{
		start(this, settings);
	}
	options_unref(settings);
	return JOB_REQUEUE_DIRECT;
}

METHOD(pcsc_token_watcher_t, stop, void,
	private_pcsc_token_watcher_t *this)
{
	this->mutex->lock(this->mutex);
	this->stop = TRUE;
	if (this->process)
	{
		this->process->kill(this->process);
	}
	this->condvar->broadcast(this->condvar);
	this->mutex->unlock(this->mutex);
}

/**
 * Cancel the job.
 */
static bool cancel(private_pcsc_token_watcher_t *this)
{
	stop(this);
	return TRUE;
}

METHOD(pcsc_token_watcher_t, destroy, void,
	private_pcsc_token_watcher_t *this)
{
	DESTROY_IF(this->process);
	this->condvar->destroy(this->condvar);
	this->mutex->destroy(this->mutex);
	free(this);
}

pcsc_token_watcher_t *pcsc_token_watcher_create(options_store_t *store,
												pcsc_token_report_t report,
												void *data)
{
	private_pcsc_token_watcher_t *this;

	INIT(this,
		.public = {
			.stop = _stop,
			.destroy = _destroy,
		},
		.store = store,
		.report = report,
		.data = data,
		.started = pcsc_token_now(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	lib->processor->queue_job(lib->processor, (job_t*)
			callback_job_create_with_prio((callback_job_cb_t)watch, this, NULL,
				(callback_job_cancel_t)cancel, JOB_PRIO_CRITICAL));
	return &this->public;
}
