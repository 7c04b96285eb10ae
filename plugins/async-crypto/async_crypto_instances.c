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
 * An algorithm, and its instance.
 */
struct instance_t {
	/** algorithm, NULL if a killed run left the instance, and it is retired */
	char *name;
	/** its own name, empty if it isn't ours or couldn't be made */
	char driver[ASYNC_CRYPTO_NAME_MAX];
	/** what came of it */
	async_crypto_result_t result;
	/** it is to be removed */
	bool retired;
};

struct private_async_crypto_instances_t {
	async_crypto_instances_t public;
	/** instance_t, also failures */
	linked_list_t *instances;
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

CALLBACK(match_current, bool,
	instance_t *instance, va_list args)
{
	const char *name;

	VA_ARGS_VGET(args, name);
	return !instance->retired && streq(instance->name, name);
}

CALLBACK(match_retired, bool,
	instance_t *instance, va_list args)
{
	const char *driver;

	VA_ARGS_VGET(args, driver);
	return instance->retired && streq(instance->driver, driver);
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
	private_async_crypto_instances_t *this, const char *name)
{
	instance_t *instance, *retired;

	if (this->broken || this->instances->find_first(this->instances,
											match_current, NULL, name))
	{
		return FALSE;
	}
	INIT(instance,
		.name = strdup(name),
	);
	instance->result = async_crypto_kernel_add(name, instance->driver);
	log_result(this, instance);
	if (instance->result != ASYNC_CRYPTO_MADE)
	{
		*instance->driver = '\0';
	}
	else if (this->instances->find_first(this->instances, match_retired,
										 (void**)&retired, instance->driver))
	{
		this->instances->remove(this->instances, retired, NULL);
		instance_destroy(retired);
	}
	this->instances->insert_last(this->instances, instance);
	return *instance->driver;
}

/**
 * Try to remove a retired instance.
 *
 * @return			FALSE if it has users
 */
static bool remove_retired(instance_t *instance)
{
	int err = async_crypto_kernel_remove(instance->driver);

	if (err == EBUSY)
	{
		return FALSE;
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
	return TRUE;
}

METHOD(async_crypto_instances_t, sweep, u_int,
	private_async_crypto_instances_t *this)
{
	enumerator_t *enumerator;
	instance_t *instance;
	u_int left = 0;

	enumerator = this->instances->create_enumerator(this->instances);
	while (enumerator->enumerate(enumerator, &instance))
	{
		if (instance->retired && remove_retired(instance))
		{
			this->instances->remove_at(this->instances, enumerator);
			instance_destroy(instance);
		}
		else
		{
			left += instance->retired;
		}
	}
	enumerator->destroy(enumerator);
	return left;
}

METHOD(async_crypto_instances_t, retain, void,
	private_async_crypto_instances_t *this, linked_list_t *names)
{
	enumerator_t *enumerator;
	instance_t *instance;

	this->broken = FALSE;
	enumerator = this->instances->create_enumerator(this->instances);
	while (enumerator->enumerate(enumerator, &instance))
	{
		if (!*instance->driver)
		{
			this->instances->remove_at(this->instances, enumerator);
			instance_destroy(instance);
		}
		else if (!instance->retired && names &&
				 !async_crypto_names_contain(names, instance->name))
		{
			instance->retired = TRUE;
			DBG1(DBG_KNL, "async-crypto: %s is not parallel any more; existing "
				 "SAs change with their next rekeying", instance->name);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(async_crypto_instances_t, get_count, u_int,
	private_async_crypto_instances_t *this)
{
	enumerator_t *enumerator;
	instance_t *instance;
	u_int count = 0;

	enumerator = this->instances->create_enumerator(this->instances);
	while (enumerator->enumerate(enumerator, &instance))
	{
		count += !instance->retired && *instance->driver;
	}
	enumerator->destroy(enumerator);
	return count;
}

METHOD(async_crypto_instances_t, list, void,
	private_async_crypto_instances_t *this, async_crypto_list_t cb, void *data)
{
	enumerator_t *enumerator;
	instance_t *instance;

	enumerator = this->instances->create_enumerator(this->instances);
	while (enumerator->enumerate(enumerator, &instance))
	{
		if (!instance->retired)
		{
			cb(data, instance->name, instance->result);
		}
	}
	enumerator->destroy(enumerator);
}

METHOD(async_crypto_instances_t, destroy, void,
	private_async_crypto_instances_t *this)
{
	linked_list_t *none = linked_list_create();
	u_int i, left;

	retain(this, none);
	none->destroy(none);
	left = sweep(this);
	for (i = 0; i < SWEEPS && left; i++)
	{
		usleep(SWEEP_PAUSE);
		left = sweep(this);
	}
	if (left)
	{
		DBG1(DBG_KNL, "async-crypto: left %u parallel algorithms to the SAs "
			 "that use them, new SAs don't get them", left);
	}
	this->instances->destroy_function(this->instances, (void*)instance_destroy);
	free(this);
}

/**
 * Take what a killed run left for something to be removed; what is wanted will
 * be found again.
 */
static void adopt(private_async_crypto_instances_t *this)
{
	linked_list_t *drivers = async_crypto_kernel_list();
	enumerator_t *enumerator;
	instance_t *instance;
	char *driver;

	enumerator = drivers->create_enumerator(drivers);
	while (enumerator->enumerate(enumerator, &driver))
	{
		INIT(instance,
			.retired = TRUE,
		);
		strncpy(instance->driver, driver, sizeof(instance->driver) - 1);
		this->instances->insert_last(this->instances, instance);
		DBG1(DBG_KNL, "async-crypto: found %s of a run that didn't end in "
			 "order", driver);
	}
	enumerator->destroy(enumerator);
	async_crypto_names_destroy(drivers);
}

async_crypto_instances_t *async_crypto_instances_create()
{
	private_async_crypto_instances_t *this;

	if (!async_crypto_kernel_exists())
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
		.instances = linked_list_create(),
	);
	adopt(this);
	return &this->public;
}
