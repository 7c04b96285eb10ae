/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_manager.h"
#include "async_crypto_padata.h"
#include "async_crypto_settings.h"

#include <owner.h>

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * Seconds between tries to remove what SAs still use.
 */
#define SWEEP_INTERVAL 1

typedef struct private_async_crypto_manager_t private_async_crypto_manager_t;

struct private_async_crypto_manager_t {
	async_crypto_manager_t public;
	options_store_t *store;
	/** held while the kernel is at work, so not for hooks; protects what
	 * follows */
	mutex_t *mutex;
	/** claim on all of that, and whether it was given up */
	owner_t *owner;
	bool stopped;
	/** NULL without a kernel for it, and at the end */
	async_crypto_instances_t *instances;
	async_crypto_padata_t *padata;
	/** whether a job removes what isn't used any more */
	bool sweeping;
};

/**
 * Who is asked before the kernel interface adds an SA, and its method that ours
 * stands in for: the bus has no event between the choice of algorithms and the
 * SA in the kernel, and one that waits for the kernel must not be a bus hook
 * anyway. The thread that adds an SA waits for the kernel by itself.
 */
static struct {
	private_async_crypto_manager_t *manager;
	status_t (*add_sa)(kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
					   kernel_ipsec_add_sa_t *data);
} hook;

/**
 * Have the instances use the CPUs that are set, mutex held.
 */
static void set_cpus(private_async_crypto_manager_t *this,
					 async_crypto_settings_t *settings)
{
	bool any = this->instances->get_count(this->instances) > 0;

	this->padata->set(this->padata, any ? &settings->parallel : NULL,
					  any ? &settings->serial : NULL);
}

/**
 * Make what an SA is about to use parallel, if SAs decide about that.
 */
static void prepare(private_async_crypto_manager_t *this,
					kernel_ipsec_add_sa_t *data)
{
	async_crypto_settings_t *settings;
	char name[ASYNC_CRYPTO_NAME_MAX];

	if (!async_crypto_name(data->enc_alg, data->int_alg, data->esn, name))
	{
		return;
	}
	this->mutex->lock(this->mutex);
	settings = this->store->get(this->store);
	if (this->instances && !settings->names &&
		this->instances->add(this->instances, name))
	{
		set_cpus(this, settings);
	}
	this->mutex->unlock(this->mutex);
	options_unref(settings);
}

/**
 * Stands in for kernel_interface_t.add_sa.
 */
static status_t add_sa(kernel_interface_t *this, kernel_ipsec_sa_id_t *id,
					   kernel_ipsec_add_sa_t *data)
{
	if (id->proto == IPPROTO_ESP)
	{
		prepare(hook.manager, data);
	}
	return hook.add_sa(this, id, data);
}

/**
 * Job: remove what has no users any more.
 */
static job_requeue_t sweep(private_async_crypto_manager_t *this)
{
	u_int left;

	this->mutex->lock(this->mutex);
	left = this->instances->sweep(this->instances);
	this->sweeping = left > 0;
	this->mutex->unlock(this->mutex);
	return left ? JOB_RESCHEDULE(SWEEP_INTERVAL) : JOB_REQUEUE_NONE;
}

/**
 * Bring the kernel in line with the settings, mutex held.
 */
static void update(private_async_crypto_manager_t *this,
				   async_crypto_settings_t *settings)
{
	enumerator_t *enumerator;
	char *name;

	this->instances->retain(this->instances, settings->names);
	if (settings->names)
	{
		enumerator = settings->names->create_enumerator(settings->names);
		while (enumerator->enumerate(enumerator, &name))
		{
			this->instances->add(this->instances, name);
		}
		enumerator->destroy(enumerator);
	}
	set_cpus(this, settings);
	if (this->instances->sweep(this->instances) && !this->sweeping)
	{
		this->sweeping = TRUE;
		lib->scheduler->schedule_job(lib->scheduler,
			(job_t*)callback_job_create((callback_job_cb_t)sweep, this, NULL,
										NULL), SWEEP_INTERVAL);
	}
}

METHOD(async_crypto_manager_t, reload, void,
	private_async_crypto_manager_t *this)
{
	async_crypto_settings_t *settings;

	this->mutex->lock(this->mutex);
	settings = this->store->get(this->store);
	if (!this->instances && !this->stopped &&
		this->owner->is_ours(this->owner, NULL))
	{
		this->instances = async_crypto_instances_create();
	}
	if (this->instances)
	{
		update(this, settings);
	}
	this->mutex->unlock(this->mutex);
	options_unref(settings);
}

METHOD(async_crypto_manager_t, is_elsewhere, bool,
	private_async_crypto_manager_t *this, pid_t *holder)
{
	return !this->owner->is_ours(this->owner, holder);
}

METHOD(async_crypto_manager_t, list, bool,
	private_async_crypto_manager_t *this, async_crypto_list_t cb, void *data)
{
	bool possible;

	this->mutex->lock(this->mutex);
	possible = this->instances != NULL;
	if (possible)
	{
		this->instances->list(this->instances, cb, data);
	}
	this->mutex->unlock(this->mutex);
	return possible;
}

METHOD(async_crypto_manager_t, destroy, void,
	private_async_crypto_manager_t *this)
{
	charon->kernel->add_sa = hook.add_sa;
	this->mutex->lock(this->mutex);
	this->stopped = TRUE;
	DESTROY_IF(this->instances);
	this->instances = NULL;
	this->mutex->unlock(this->mutex);
	/* not before, as another daemon waits for it */
	this->owner->destroy(this->owner);
	this->padata->destroy(this->padata);
	this->mutex->destroy(this->mutex);
	free(this);
}

async_crypto_manager_t *async_crypto_manager_create(options_store_t *store)
{
	private_async_crypto_manager_t *this;
	pid_t holder;

	INIT(this,
		.public = {
			.reload = _reload,
			.list = _list,
			.is_elsewhere = _is_elsewhere,
			.destroy = _destroy,
		},
		.store = store,
		.padata = async_crypto_padata_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	/* it may be gained at once */
	this->mutex->lock(this->mutex);
	this->owner = owner_create("async-crypto", (void*)reload, this);
	this->mutex->unlock(this->mutex);
	if (is_elsewhere(this, &holder))
	{
		DBG1(DBG_KNL, "async-crypto: left to process %d, which makes "
			 "algorithms parallel for all, until it ends", (int)holder);
	}
	reload(this);
	hook.manager = this;
	hook.add_sa = charon->kernel->add_sa;
	charon->kernel->add_sa = add_sa;
	return &this->public;
}
