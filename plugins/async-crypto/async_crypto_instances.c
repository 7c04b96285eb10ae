/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_instances.h"

#include <errno.h>
#include <unistd.h>

/**
 * How often, and after how many microseconds, instances are tried to remove at
 * the end: the kernel lets go of deleted SAs some 10 ms later. Not for longer,
 * as SAs of others, for which nobody has to wait, may use them for ever.
 */
#define SWEEPS 25
#define SWEEP_PAUSE 10000

typedef struct private_async_crypto_instances_t
											private_async_crypto_instances_t;
typedef struct instance_t instance_t;

/**
 * An instance.
 */
struct instance_t {
	/** algorithm, NULL for what a killed run left */
	char *name;
	/** its own name, empty if it isn't ours or couldn't be made */
	char driver[ASYNC_CRYPTO_NAME_MAX];
	/** what came of it */
	async_crypto_result_t result;
};

struct private_async_crypto_instances_t {
	async_crypto_instances_t public;
	async_crypto_kernel_t *kernel;
	/** instance_t, those in force and failures */
	linked_list_t *current;
	/** instance_t, those to be removed */
	linked_list_t *retired;
	/** an error that concerns all algorithms was logged */
	bool broken;
};

/**
 * Free an instance_t.
 */
static void instance_destroy(instance_t *this)
{
	free(this->name);
	free(this);
}

/**
 * Is there an instance of an algorithm, or a failure to make it?
 */
static bool is_known(private_async_crypto_instances_t *this, const char *name)
{
	enumerator_t *enumerator;
	instance_t *instance;
	bool found = FALSE;

	enumerator = this->current->create_enumerator(this->current);
	while (!found && enumerator->enumerate(enumerator, &instance))
	{
		found = streq(instance->name, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Stop considering an instance retired.
 */
static void unretire(private_async_crypto_instances_t *this,
					 const char *driver)
{
	enumerator_t *enumerator;
	instance_t *instance;

	enumerator = this->retired->create_enumerator(this->retired);
	while (enumerator->enumerate(enumerator, &instance))
	{
		if (streq(instance->driver, driver))
		{
			this->retired->remove_at(this->retired, enumerator);
			instance_destroy(instance);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Say what came of an algorithm.
 */
static void log_result(private_async_crypto_instances_t *this,
					   instance_t *instance)
{
	switch (instance->result)
	{
		case ASYNC_CRYPTO_MADE:
			DBG1(DBG_KNL, "async-crypto: %s is parallel now, as %s; existing "
				 "SAs change with their next rekeying", instance->name,
				 instance->driver);
			break;
		case ASYNC_CRYPTO_FOREIGN:
			DBG1(DBG_KNL, "async-crypto: %s is parallel already, as %s, which "
				 "is left alone", instance->name, instance->driver);
			break;
		case ASYNC_CRYPTO_UNKNOWN:
			DBG1(DBG_KNL, "async-crypto: the kernel has no algorithm %s, see "
				 "async-crypto.algorithms", instance->name);
			break;
		case ASYNC_CRYPTO_NO_PCRYPT:
			DBG1(DBG_KNL, "async-crypto: the kernel has no pcrypt "
				 "(CONFIG_CRYPTO_PCRYPT) or can't load the module, SAs use its "
				 "algorithms as they are");
			this->broken = TRUE;
			break;
		case ASYNC_CRYPTO_FAILED:
			DBG1(DBG_KNL, "async-crypto: making %s parallel failed: %s",
				 instance->name, strerror(errno));
			this->broken = errno == EPERM || errno == EACCES;
			break;
	}
}

METHOD(async_crypto_instances_t, add, bool,
	private_async_crypto_instances_t *this, linked_list_t *names)
{
	enumerator_t *enumerator;
	instance_t *instance;
	char *name;
	bool made = FALSE;

	enumerator = names->create_enumerator(names);
	while (!this->broken && enumerator->enumerate(enumerator, &name))
	{
		if (is_known(this, name))
		{
			continue;
		}
		INIT(instance,
			.name = strdup(name),
		);
		instance->result = this->kernel->add(this->kernel, name,
											 instance->driver);
		log_result(this, instance);
		if (instance->result == ASYNC_CRYPTO_MADE)
		{
			unretire(this, instance->driver);
			made = TRUE;
		}
		else
		{
			*instance->driver = '\0';
		}
		this->current->insert_last(this->current, instance);
	}
	enumerator->destroy(enumerator);
	return made;
}

METHOD(async_crypto_instances_t, sweep, void,
	private_async_crypto_instances_t *this)
{
	enumerator_t *enumerator;
	instance_t *instance;
	int err;

	enumerator = this->retired->create_enumerator(this->retired);
	while (enumerator->enumerate(enumerator, &instance))
	{
		err = this->kernel->remove(this->kernel, instance->driver);
		if (err == EBUSY)
		{
			continue;
		}
		if (err)
		{
			DBG1(DBG_KNL, "async-crypto: removing %s failed: %s",
				 instance->driver, strerror(err));
		}
		else
		{
			DBG1(DBG_KNL, "async-crypto: removed %s", instance->driver);
		}
		this->retired->remove_at(this->retired, enumerator);
		instance_destroy(instance);
	}
	enumerator->destroy(enumerator);
}

METHOD(async_crypto_instances_t, retain, void,
	private_async_crypto_instances_t *this, linked_list_t *names)
{
	enumerator_t *enumerator;
	instance_t *instance;

	this->broken = FALSE;
	enumerator = this->current->create_enumerator(this->current);
	while (enumerator->enumerate(enumerator, &instance))
	{
		if (*instance->driver &&
			async_crypto_names_contain(names, instance->name))
		{
			continue;
		}
		this->current->remove_at(this->current, enumerator);
		if (!*instance->driver)
		{
			instance_destroy(instance);
			continue;
		}
		this->retired->insert_last(this->retired, instance);
		DBG1(DBG_KNL, "async-crypto: %s is not parallel any more; existing SAs "
			 "change with their next rekeying", instance->name);
	}
	enumerator->destroy(enumerator);
	sweep(this);
}

METHOD(async_crypto_instances_t, get_count, u_int,
	private_async_crypto_instances_t *this)
{
	enumerator_t *enumerator;
	instance_t *instance;
	u_int count = 0;

	enumerator = this->current->create_enumerator(this->current);
	while (enumerator->enumerate(enumerator, &instance))
	{
		count += *instance->driver != '\0';
	}
	enumerator->destroy(enumerator);
	return count;
}

METHOD(async_crypto_instances_t, list, void,
	private_async_crypto_instances_t *this, async_crypto_list_t cb, void *data)
{
	enumerator_t *enumerator;
	instance_t *instance;

	enumerator = this->current->create_enumerator(this->current);
	while (enumerator->enumerate(enumerator, &instance))
	{
		cb(data, instance->name, instance->result);
	}
	enumerator->destroy(enumerator);
}

METHOD(async_crypto_instances_t, destroy, void,
	private_async_crypto_instances_t *this)
{
	linked_list_t *none = linked_list_create();
	u_int i;

	retain(this, none);
	none->destroy(none);
	for (i = 0; i < SWEEPS && this->retired->get_count(this->retired); i++)
	{
		usleep(SWEEP_PAUSE);
		sweep(this);
	}
	if (this->retired->get_count(this->retired))
	{
		DBG1(DBG_KNL, "async-crypto: left %d parallel algorithms to the SAs "
			 "that use them, new SAs don't get them",
			 this->retired->get_count(this->retired));
	}
	this->retired->destroy_function(this->retired, (void*)instance_destroy);
	this->current->destroy_function(this->current, (void*)instance_destroy);
	this->kernel->destroy(this->kernel);
	free(this);
}

/**
 * Take what a killed run left for something to be removed; what is wanted will
 * be found again.
 */
static void adopt(private_async_crypto_instances_t *this)
{
	linked_list_t *drivers = this->kernel->list(this->kernel);
	enumerator_t *enumerator;
	instance_t *instance;
	char *driver;

	enumerator = drivers->create_enumerator(drivers);
	while (enumerator->enumerate(enumerator, &driver))
	{
		INIT(instance);
		strncpy(instance->driver, driver, sizeof(instance->driver) - 1);
		this->retired->insert_last(this->retired, instance);
		DBG1(DBG_KNL, "async-crypto: found %s of a run that didn't end in "
			 "order", driver);
	}
	enumerator->destroy(enumerator);
	async_crypto_names_destroy(drivers);
}

async_crypto_instances_t *async_crypto_instances_create()
{
	private_async_crypto_instances_t *this;
	async_crypto_kernel_t *kernel;

	kernel = async_crypto_kernel_create();
	if (!kernel)
	{
		DBG1(DBG_KNL, "async-crypto: the kernel has no crypto user interface "
			 "(CONFIG_CRYPTO_USER): %s; SAs use its algorithms as they are",
			 strerror(errno));
		return NULL;
	}
	INIT(this,
		.public = {
			.add = _add,
			.retain = _retain,
			.sweep = _sweep,
			.get_count = _get_count,
			.list = _list,
			.destroy = _destroy,
		},
		.kernel = kernel,
		.current = linked_list_create(),
		.retired = linked_list_create(),
	);
	adopt(this);
	return &this->public;
}
