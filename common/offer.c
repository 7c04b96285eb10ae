/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "offer.h"

#include <collections/array.h>
#include <threading/condvar.h>
#include <threading/mutex.h>
#include <threading/rwlock.h>

/**
 * Name of the registry among the daemon's objects. Its number changes with any
 * struct of the header and with the one below.
 */
#define REGISTRY_NAME "charon-advanced.offers.7"

typedef struct registry_t registry_t;

/**
 * Shared by all plugins.
 */
struct registry_t {
	/** number of plugins in it, only used while these are loaded */
	u_int users;
	/** number of clients' registrations for events, atomic */
	refcount_t listeners;
	/** offer_t*, sorted by plugin, protected by offers_lock */
	array_t *offers;
	/** held while a function of an offer runs, which may take a while */
	rwlock_t *offers_lock;
	/** takes events, NULL without control, protected by sink_lock */
	control_sink_t *sink;
	/** Lock for sink. Another one, as a command may cause events. */
	rwlock_t *sink_lock;
	/** refused_t*, plugins that aren't loaded, protected by offers_lock */
	array_t *refused;
	/** whether somebody was told to be first, only used as users */
	bool claimed;
	/** whether all plugins are loaded, with its lock */
	bool started;
	mutex_t *mutex;
	condvar_t *start;
};

/**
 * A plugin that isn't loaded.
 */
typedef struct {
	char *plugin;
	char *reason;
} refused_t;

/**
 * This plugin's pointer to it, and how many of the users are this plugin's.
 */
static registry_t *registry;
static u_int users;

void offer_enter(void)
{
	registry = lib->get(lib, REGISTRY_NAME);
	if (!registry)
	{
		INIT(registry,
			.offers = array_create(0, 0),
			.offers_lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
			.sink_lock = rwlock_create(RWLOCK_TYPE_DEFAULT),
			.refused = array_create(0, 0),
			.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
			.start = condvar_create(CONDVAR_TYPE_DEFAULT),
		);
		lib->set(lib, REGISTRY_NAME, registry);
	}
	registry->users++;
	users++;
}

/**
 * Free a plugin that isn't loaded, callback of array_destroy_function().
 */
static void refused_destroy(void *data, int idx, void *unused)
{
	refused_t *refused = data;

	free(refused->plugin);
	free(refused->reason);
	free(refused);
}

void offer_leave(void)
{
	if (--registry->users == 0)
	{
		lib->set(lib, REGISTRY_NAME, NULL);
		array_destroy(registry->offers);
		registry->offers_lock->destroy(registry->offers_lock);
		registry->sink_lock->destroy(registry->sink_lock);
		array_destroy_function(registry->refused, refused_destroy, NULL);
		registry->start->destroy(registry->start);
		registry->mutex->destroy(registry->mutex);
		free(registry);
	}
	if (--users == 0)
	{
		registry = NULL;
	}
}

/**
 * Compare offers, callback of array_sort().
 */
static int by_plugin(const void *a, const void *b, void *unused)
{
	const offer_t *x = a, *y = b;

	return strcmp(x->plugin, y->plugin);
}

void offer_add(const offer_t *offer)
{
	offer_enter();
	registry->offers_lock->write_lock(registry->offers_lock);
	array_insert(registry->offers, ARRAY_TAIL, (void*)offer);
	array_sort(registry->offers, by_plugin, NULL);
	registry->offers_lock->unlock(registry->offers_lock);
}

void offer_remove(const offer_t *offer)
{
	enumerator_t *enumerator;
	offer_t *current;

	registry->offers_lock->write_lock(registry->offers_lock);
	enumerator = array_create_enumerator(registry->offers);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (current == offer)
		{
			array_remove_at(registry->offers, enumerator);
		}
	}
	enumerator->destroy(enumerator);
	registry->offers_lock->unlock(registry->offers_lock);
	offer_leave();
}

bool offer_is_first(void)
{
	bool first = !registry->claimed;

	registry->claimed = TRUE;
	return first;
}

void offer_add_refused(char *plugin, char *reason)
{
	refused_t *refused;

	INIT(refused,
		.plugin = plugin,
		.reason = reason,
	);
	registry->offers_lock->write_lock(registry->offers_lock);
	array_insert(registry->refused, ARRAY_TAIL, refused);
	registry->offers_lock->unlock(registry->offers_lock);
}

void offer_started(void)
{
	offer_t *offer;
	refused_t *refused;
	char *line = NULL;
	size_t len;
	FILE *out;
	int i;

	out = open_memstream(&line, &len);
	fputs("in force:", out);
	registry->offers_lock->read_lock(registry->offers_lock);
	for (i = 0; array_get(registry->offers, i, &offer); i++)
	{
		fprintf(out, "%s %s", i ? "," : "", offer->plugin);
	}
	for (i = 0; array_get(registry->refused, i, &refused); i++)
	{
		fprintf(out, "%s %s", i ? "," : "; not loaded:", refused->plugin);
	}
	registry->offers_lock->unlock(registry->offers_lock);
	fclose(out);
	DBG1(DBG_CFG, "charon-advanced: %s", line);
	free(line);
	registry->mutex->lock(registry->mutex);
	registry->started = TRUE;
	registry->start->broadcast(registry->start);
	registry->mutex->unlock(registry->mutex);
}

bool offer_await_start(u_int timeout)
{
	timeval_t until;
	bool late = FALSE, started;

	time_monotonic(&until);
	timeval_add_ms(&until, timeout);
	registry->mutex->lock(registry->mutex);
	while (!registry->started && !late)
	{
		late = registry->start->timed_wait_abs(registry->start,
											   registry->mutex, until);
	}
	started = registry->started;
	registry->mutex->unlock(registry->mutex);
	return started;
}

bool control_event_wanted(void)
{
	return registry && ref_cur(&registry->listeners);
}

control_out_t *control_event_begin(const char *event)
{
	control_out_t *out = NULL;

	if (!control_event_wanted())
	{
		return NULL;
	}
	registry->sink_lock->read_lock(registry->sink_lock);
	if (registry->sink)
	{
		out = registry->sink->begin(registry->sink, event);
	}
	if (!out)
	{
		registry->sink_lock->unlock(registry->sink_lock);
	}
	return out;
}

void control_event_end(control_out_t *out)
{
	registry->sink->raise(registry->sink, out);
	registry->sink_lock->unlock(registry->sink_lock);
}

void offer_attach(control_sink_t *sink)
{
	offer_enter();
	registry->sink_lock->write_lock(registry->sink_lock);
	registry->sink = sink;
	registry->sink_lock->unlock(registry->sink_lock);
}

void offer_detach(void)
{
	registry->sink_lock->write_lock(registry->sink_lock);
	registry->sink = NULL;
	registry->sink_lock->unlock(registry->sink_lock);
	offer_leave();
}

void offer_listen(bool up)
{
	if (up)
	{
		ref_get(&registry->listeners);
	}
	else
	{
		/* nothing is released with the last one */
		ignore_result(ref_put(&registry->listeners));
	}
}

bool offer_find(offer_cb_t cb, void *data)
{
	enumerator_t *enumerator;
	offer_t *offer;
	bool found = FALSE;

	registry->offers_lock->read_lock(registry->offers_lock);
	enumerator = array_create_enumerator(registry->offers);
	while (!found && enumerator->enumerate(enumerator, &offer))
	{
		found = cb(data, offer);
	}
	enumerator->destroy(enumerator);
	registry->offers_lock->unlock(registry->offers_lock);
	return found;
}

void offer_each_refused(offer_refused_cb_t cb, void *data)
{
	refused_t *refused;
	int i;

	registry->offers_lock->read_lock(registry->offers_lock);
	for (i = 0; array_get(registry->refused, i, &refused); i++)
	{
		cb(data, refused->plugin, refused->reason);
	}
	registry->offers_lock->unlock(registry->offers_lock);
}
