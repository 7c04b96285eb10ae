/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_runner.h"

#include <quiet_thread.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

typedef struct private_filtermode_runner_t private_filtermode_runner_t;

struct private_filtermode_runner_t {
	filtermode_runner_t public;
	/** all below but function and data is protected by mutex */
	mutex_t *mutex;
	/** tells the thread that there is something to do */
	condvar_t *asked;
	/** tells those who wait that something was done */
	condvar_t *done;
	/** calls the function, NULL if nobody has asked yet */
	thread_t *thread;
	/** number of run()s, and how many of them are done */
	uint64_t runs;
	uint64_t finished;
	/** whether the thread is to end */
	bool stopped;
	/** what to call */
	void (*function)(void *data);
	void *data;
};

/**
 * Do what is asked for.
 */
static void *work(private_filtermode_runner_t *this)
{
	uint64_t runs;

	this->mutex->lock(this->mutex);
	while (!this->stopped)
	{
		if (this->finished == this->runs)
		{
			this->asked->wait(this->asked, this->mutex);
			continue;
		}
		/* who comes from here on waits for the next call */
		runs = this->runs;
		this->mutex->unlock(this->mutex);
		this->function(this->data);
		this->mutex->lock(this->mutex);
		this->finished = runs;
		this->done->broadcast(this->done);
	}
	this->mutex->unlock(this->mutex);
	return NULL;
}

METHOD(filtermode_runner_t, run, bool,
	private_filtermode_runner_t *this, u_int ms)
{
	timeval_t end, wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	bool expired = FALSE, finished;
	uint64_t number;

	time_monotonic(&end);
	timeradd(&end, &wait, &end);
	this->mutex->lock(this->mutex);
	number = ++this->runs;
	if (!this->thread)
	{
		this->thread = quiet_thread_create((thread_main_t)work, this);
	}
	this->asked->signal(this->asked);
	while (this->thread && this->finished < number && !expired)
	{
		expired = this->done->timed_wait_abs(this->done, this->mutex, end);
	}
	finished = this->finished >= number;
	this->mutex->unlock(this->mutex);
	return finished;
}

METHOD(filtermode_runner_t, destroy, void,
	private_filtermode_runner_t *this)
{
	this->mutex->lock(this->mutex);
	this->stopped = TRUE;
	this->asked->signal(this->asked);
	this->mutex->unlock(this->mutex);
	if (this->thread)
	{
		this->thread->join(this->thread);
	}
	this->asked->destroy(this->asked);
	this->done->destroy(this->done);
	this->mutex->destroy(this->mutex);
	free(this);
}

filtermode_runner_t *filtermode_runner_create(void (*function)(void *data),
											  void *data)
{
	private_filtermode_runner_t *this;

	INIT(this,
		.public = {
			.run = _run,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.asked = condvar_create(CONDVAR_TYPE_DEFAULT),
		.done = condvar_create(CONDVAR_TYPE_DEFAULT),
		.function = function,
		.data = data,
	);
	return &this->public;
}
