/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "plugin.h"
#include "refusal.h"

#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>

#include <pthread.h>

typedef struct private_plugin_t private_plugin_t;

struct private_plugin_t {
	plugin_t public;
	const plugin_desc_t *desc;
	options_store_t *store;
	/** the offer of the plugin, once it is made */
	offer_t offer;
	/** what start() returned, NULL before and after */
	void *data;
	/** its features, unless it says which */
	plugin_feature_t features[2];
};

/**
 * This code's plugin: each has the code for itself.
 */
static private_plugin_t *self;

/**
 * Whether it is started, and its lock, held while what is in force is summed
 * up. That is done by a thread that may come when the plugin is gone.
 */
static bool running;
static pthread_mutex_t running_lock = PTHREAD_MUTEX_INITIALIZER;

static void set_running(bool to)
{
	pthread_mutex_lock(&running_lock);
	running = to;
	pthread_mutex_unlock(&running_lock);
}

METHOD(plugin_t, get_name, char*,
	private_plugin_t *this)
{
	return (char*)this->desc->schema->name;
}

/**
 * Job: say what is in force, once all plugins are loaded.
 */
static job_requeue_t sum_up(void *unused)
{
	char *plugin, *reason;

	pthread_mutex_lock(&running_lock);
	if (running)
	{
		while (refusal_take(&plugin, &reason))
		{
			offer_add_refused(plugin, reason);
		}
		offer_started();
	}
	pthread_mutex_unlock(&running_lock);
	return JOB_REQUEUE_NONE;
}

/**
 * The first plugin of ours that starts has that job done: threads are there as
 * soon as all are loaded.
 */
static void sum_up_later(void)
{
	if (offer_is_first())
	{
		lib->processor->queue_job(lib->processor, (job_t*)
				callback_job_create_with_prio(sum_up, NULL, NULL, NULL,
											  JOB_PRIO_CRITICAL));
	}
}

bool plugin_start(plugin_t *plugin, plugin_feature_t *feature, bool reg,
				  void *unused)
{
	private_plugin_t *this = (private_plugin_t*)plugin;
	refusal_t *refusal;

	if (reg)
	{
		refusal = refusal_listen(this->desc->schema->name);
		offer_enter();
		/* none is reloaded by another thread while it starts or once it ends */
		this->store->lock(this->store);
		this->data = this->offer.data = this->desc->start(this->store);
		this->store->unlock(this->store);
		refusal_end(refusal, !this->data);
		if (!this->data)
		{
			offer_leave();
			return FALSE;
		}
		offer_add(&this->offer);
		set_running(TRUE);
		sum_up_later();
	}
	else
	{
		set_running(FALSE);
		offer_remove(&this->offer);
		this->store->lock(this->store);
		this->data = NULL;
		this->store->unlock(this->store);
		this->desc->stop(this->offer.data);
		offer_leave();
	}
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_plugin_t *this, plugin_feature_t *features[])
{
	if (this->desc->features)
	{
		*features = this->desc->features;
		return this->desc->count;
	}
	*features = this->features;
	return countof(this->features);
}

METHOD(plugin_t, reload, bool,
	private_plugin_t *this)
{
	void (*then)(void *data);
	bool valid;

	this->store->lock(this->store);
	valid = this->store->reload(this->store,
								this->data ? this->desc->apply : NULL,
								this->data);
	then = valid ? this->desc->reloaded : this->desc->kept;
	if (this->data && then)
	{
		then(this->data);
	}
	this->store->unlock(this->store);
	return valid;
}

METHOD(plugin_t, destroy, void,
	private_plugin_t *this)
{
	if (this->desc->unload)
	{
		this->desc->unload();
	}
	this->store->destroy(this->store);
	self = NULL;
	free(this);
}

/**
 * Does a plugin provide a custom feature?
 */
static bool provides(plugin_t *plugin, const char *feature)
{
	plugin_feature_t *features;
	int count, i;

	count = plugin->get_features(plugin, &features);
	for (i = 0; i < count; i++)
	{
		if (features[i].kind == FEATURE_PROVIDE &&
			features[i].type == FEATURE_CUSTOM &&
			streq(features[i].arg.custom, feature))
		{
			return TRUE;
		}
	}
	return FALSE;
}

const char *plugin_find_other(const char *feature)
{
	enumerator_t *enumerator;
	plugin_t *plugin;
	const char *name = NULL;

	enumerator = lib->plugins->create_plugin_enumerator(lib->plugins);
	while (!name && enumerator->enumerate(enumerator, &plugin, NULL))
	{
		if (plugin != &self->public && provides(plugin, feature))
		{
			name = plugin->get_name(plugin);
		}
	}
	enumerator->destroy(enumerator);
	return name;
}

plugin_t *plugin_create(const plugin_desc_t *desc)
{
	refusal_t *refusal = refusal_listen(desc->schema->name);
	options_store_t *store = options_store_create(desc->schema);

	refusal_end(refusal, !store);
	if (!store)
	{
		return NULL;
	}
	INIT(self,
		.public = {
			.get_name = _get_name,
			.get_features = _get_features,
			.reload = _reload,
			.destroy = _destroy,
		},
		.desc = desc,
		.store = store,
		.features = { PLUGIN_START((char*)desc->schema->name) },
	);
	if (desc->offer)
	{
		self->offer = *desc->offer;
	}
	self->offer.plugin = desc->schema->name;
	self->offer.store = store;
	if (desc->load)
	{
		desc->load(store);
	}
	return &self->public;
}
