/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_manager.h"
#include "async_crypto_padata.h"
#include "async_crypto_settings.h"
#include "async_crypto_wanted.h"

#include <owner.h>
#include <quiet_thread.h>

#include <daemon.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

/**
 * Milliseconds between looks at the loaded connections: charon doesn't tell
 * when they change.
 */
#define INTERVAL 1000

typedef struct private_async_crypto_manager_t private_async_crypto_manager_t;

struct private_async_crypto_manager_t {
	async_crypto_manager_t public;
	options_store_t *store;
	/** held while the kernel is at work, so not for hooks; protects what
	 * follows up to thread */
	mutex_t *kernel_mutex;
	/** NULL without a kernel for it */
	async_crypto_instances_t *instances;
	async_crypto_padata_t *padata;
	/** claim on all of that */
	owner_t *owner;
	thread_t *thread;
	/** protects what follows */
	mutex_t *mutex;
	/** signals a change of what follows */
	condvar_t *condvar;
	bool reloaded;
	bool stopped;
};

/**
 * Make instances of algorithms, and have them use the CPUs that are set.
 * Called with the kernel_mutex.
 *
 * @param reloaded	settings may have changed
 */
static void make(private_async_crypto_manager_t *this,
				 async_crypto_settings_t *settings, linked_list_t *names,
				 bool reloaded)
{
	bool made = this->instances->add(this->instances, names);

	if (!this->instances->get_count(this->instances))
	{
		this->padata->set(this->padata, NULL, NULL);
	}
	else if (made || reloaded)
	{
		this->padata->set(this->padata, settings->parallel_cpus,
						  settings->serial_cpus);
	}
}

/**
 * Bring the kernel in line, kernel_mutex held but at the start.
 *
 * @param reloaded	settings may have changed
 */
static void update(private_async_crypto_manager_t *this, bool reloaded)
{
	async_crypto_settings_t *settings;
	linked_list_t *names;

	if (!this->instances && reloaded &&
		this->owner->is_ours(this->owner, NULL))
	{
		this->instances = async_crypto_instances_create();
	}
	if (!this->instances)
	{
		return;
	}
	settings = this->store->get(this->store);
	names = async_crypto_wanted(settings);
	if (reloaded)
	{
		this->instances->retain(this->instances, names);
	}
	make(this, settings, names, reloaded);
	this->instances->sweep(this->instances);
	async_crypto_names_destroy(names);
	options_unref(settings);
}

/**
 * Main function of the thread.
 */
static void *work(private_async_crypto_manager_t *this)
{
	bool reloaded;

	this->mutex->lock(this->mutex);
	while (!this->stopped)
	{
		if (!this->reloaded)
		{
			this->condvar->timed_wait(this->condvar, this->mutex, INTERVAL);
		}
		reloaded = this->reloaded;
		this->reloaded = FALSE;
		if (!this->stopped)
		{
			this->mutex->unlock(this->mutex);
			this->kernel_mutex->lock(this->kernel_mutex);
			update(this, reloaded);
			this->kernel_mutex->unlock(this->kernel_mutex);
			this->mutex->lock(this->mutex);
		}
	}
	this->mutex->unlock(this->mutex);
	return NULL;
}

/**
 * Set a flag for the thread.
 */
static void wake(private_async_crypto_manager_t *this, bool *flag)
{
	this->mutex->lock(this->mutex);
	*flag = TRUE;
	this->condvar->signal(this->condvar);
	this->mutex->unlock(this->mutex);
}

METHOD(async_crypto_manager_t, reload, void,
	private_async_crypto_manager_t *this)
{
	wake(this, &this->reloaded);
}

METHOD(async_crypto_manager_t, is_elsewhere, bool,
	private_async_crypto_manager_t *this, pid_t *holder)
{
	return !this->owner->is_ours(this->owner, holder);
}

METHOD(async_crypto_manager_t, prepare, void,
	private_async_crypto_manager_t *this, proposal_t *proposal)
{
	async_crypto_settings_t *settings = this->store->get(this->store);
	linked_list_t *names = linked_list_create();

	if (streq(settings->algorithms, "auto"))
	{
		async_crypto_names_add(names, proposal);
	}
	this->kernel_mutex->lock(this->kernel_mutex);
	if (this->instances)
	{
		make(this, settings, names, FALSE);
	}
	this->kernel_mutex->unlock(this->kernel_mutex);
	async_crypto_names_destroy(names);
	options_unref(settings);
}

METHOD(async_crypto_manager_t, list, bool,
	private_async_crypto_manager_t *this, async_crypto_list_t cb, void *data)
{
	bool possible;

	this->kernel_mutex->lock(this->kernel_mutex);
	possible = this->instances != NULL;
	if (possible)
	{
		this->instances->list(this->instances, cb, data);
	}
	this->kernel_mutex->unlock(this->kernel_mutex);
	return possible;
}

METHOD(async_crypto_manager_t, destroy, void,
	private_async_crypto_manager_t *this)
{
	if (this->thread)
	{
		wake(this, &this->stopped);
		this->thread->join(this->thread);
	}
	DESTROY_IF(this->instances);
	/* not before, as another daemon waits for it */
	this->owner->destroy(this->owner);
	this->padata->destroy(this->padata);
	this->condvar->destroy(this->condvar);
	this->mutex->destroy(this->mutex);
	this->kernel_mutex->destroy(this->kernel_mutex);
	free(this);
}

async_crypto_manager_t *async_crypto_manager_create(options_store_t *store)
{
	private_async_crypto_manager_t *this;
	pid_t holder;

	INIT(this,
		.public = {
			.reload = _reload,
			.prepare = _prepare,
			.list = _list,
			.is_elsewhere = _is_elsewhere,
			.destroy = _destroy,
		},
		.store = store,
		.kernel_mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.padata = async_crypto_padata_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.condvar = condvar_create(CONDVAR_TYPE_DEFAULT),
	);
	this->owner = owner_create("async-crypto", (void*)reload, this);
	if (is_elsewhere(this, &holder))
	{
		DBG1(DBG_KNL, "async-crypto: left to process %d, which makes "
			 "algorithms parallel for all, until it ends", (int)holder);
	}
	update(this, TRUE);
	this->thread = quiet_thread_create((thread_main_t)work, this);
	return &this->public;
}
