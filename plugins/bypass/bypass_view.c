/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_view.h"

#include <threading/mutex.h>

typedef struct private_bypass_view_t private_bypass_view_t;

struct private_bypass_view_t {
	bypass_view_t public;
	/** shunt manager to pass everything on to */
	shunt_manager_t *shunts;
	/** what to show, protected by mutex */
	bypass_plan_t *plan;
	/** lock for plan */
	mutex_t *mutex;
};

/* all methods are passed on */
_Static_assert(sizeof(shunt_manager_t) == 5 * sizeof(void*),
			   "shunt_manager_t has other methods in this version");

METHOD(shunt_manager_t, install, bool,
	private_bypass_view_t *this, char *ns, child_cfg_t *child)
{
	return this->shunts->install(this->shunts, ns, child);
}

METHOD(shunt_manager_t, uninstall, bool,
	private_bypass_view_t *this, char *ns, char *name)
{
	return this->shunts->uninstall(this->shunts, ns, name);
}

METHOD(shunt_manager_t, flush, void,
	private_bypass_view_t *this)
{
	this->shunts->flush(this->shunts);
}

METHOD(shunt_manager_t, destroy_shunts, void,
	private_bypass_view_t *this)
{
	this->shunts->destroy(this->shunts);
}

/**
 * Enumerator over charon's shunts, then ours.
 */
typedef struct {
	enumerator_t public;
	/** charon's */
	enumerator_t *shunts;
	/** ours, as bypass_entry_t */
	enumerator_t *entries;
	bypass_plan_t *plan;
	/** what was enumerated last, if it is ours */
	child_cfg_t *cfg;
} view_enumerator_t;

/**
 * Add one side's networks to a config.
 */
static void add_networks(child_cfg_t *cfg, bool local, bypass_set_t *networks,
						 uint8_t protocol, port_range_t ports)
{
	u_int i;

	for (i = 0; i < networks->count; i++)
	{
		cfg->add_traffic_selector(cfg, local,
						bypass_prefix_to_ts(bypass_set_get(networks, i),
											protocol, ports.from, ports.to));
	}
}

/**
 * Create the config that shows an entry.
 */
static child_cfg_t *create_cfg(bypass_entry_t *entry)
{
	child_cfg_create_t data = { .mode = MODE_PASS };
	child_cfg_t *cfg;

	cfg = child_cfg_create(entry->name, &data);
	add_networks(cfg, TRUE, entry->local, entry->protocol, entry->local_port);
	add_networks(cfg, FALSE, entry->remote, entry->protocol,
				 entry->remote_port);
	return cfg;
}

METHOD(enumerator_t, enumerate, bool,
	view_enumerator_t *this, va_list args)
{
	bypass_entry_t *entry;
	child_cfg_t **cfg;
	char **ns;

	VA_ARGS_VGET(args, ns, cfg);

	if (this->shunts)
	{
		if (this->shunts->enumerate(this->shunts, ns, cfg))
		{
			return TRUE;
		}
		this->shunts->destroy(this->shunts);
		this->shunts = NULL;
	}
	if (!this->entries->enumerate(this->entries, &entry))
	{
		return FALSE;
	}
	DESTROY_IF(this->cfg);
	this->cfg = create_cfg(entry);
	if (ns)
	{
		*ns = BYPASS_VIEW_NAMESPACE;
	}
	*cfg = this->cfg;
	return TRUE;
}

METHOD(enumerator_t, destroy_enumerator, void,
	view_enumerator_t *this)
{
	DESTROY_IF(this->shunts);
	DESTROY_IF(this->cfg);
	this->entries->destroy(this->entries);
	bypass_plan_unref(this->plan);
	free(this);
}

METHOD(shunt_manager_t, create_enumerator, enumerator_t*,
	private_bypass_view_t *this)
{
	view_enumerator_t *enumerator;

	INIT(enumerator,
		.public = {
			.enumerate = enumerator_enumerate_default,
			.venumerate = _enumerate,
			.destroy = _destroy_enumerator,
		},
		.shunts = this->shunts->create_enumerator(this->shunts),
	);
	this->mutex->lock(this->mutex);
	enumerator->plan = this->plan ? bypass_plan_ref(this->plan) : NULL;
	this->mutex->unlock(this->mutex);
	enumerator->entries = array_create_enumerator(
						enumerator->plan ? enumerator->plan->entries : NULL);
	return &enumerator->public;
}

METHOD(bypass_view_t, set, void,
	private_bypass_view_t *this, bypass_plan_t *plan)
{
	bypass_plan_t *old;

	plan = plan ? bypass_plan_ref(plan) : NULL;
	this->mutex->lock(this->mutex);
	old = this->plan;
	this->plan = plan;
	this->mutex->unlock(this->mutex);
	bypass_plan_unref(old);
}

METHOD(bypass_view_t, destroy, void,
	private_bypass_view_t *this)
{
	bypass_plan_unref(this->plan);
	this->mutex->destroy(this->mutex);
	free(this);
}

bypass_view_t *bypass_view_create(shunt_manager_t *shunts)
{
	private_bypass_view_t *this;

	INIT(this,
		.public = {
			.shunts = {
				.install = _install,
				.uninstall = _uninstall,
				.create_enumerator = _create_enumerator,
				.flush = _flush,
				.destroy = _destroy_shunts,
			},
			.set = _set,
			.destroy = _destroy,
		},
		.shunts = shunts,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
