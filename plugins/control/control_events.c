/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_events.h"
#include "control_message.h"

#include <collections/array.h>
#include <threading/mutex.h>

typedef struct private_control_events_t private_control_events_t;

struct private_control_events_t {
	control_events_t public;
	control_stats_t *stats;
	/** guards what follows; bus hooks take it, so it is held for moments */
	mutex_t *mutex;
	/** registration_t: a few for each of a few clients */
	array_t *registrations;
};

typedef struct {
	char *name;
	control_queue_t *queue;
} registration_t;

/**
 * Does a registration match? NULL does with any.
 */
static bool matches(registration_t *registration, const char *name,
					control_queue_t *queue)
{
	return (!queue || queue == registration->queue) &&
		   (!name || streq(name, registration->name));
}

/**
 * Find a registration. Called with the lock.
 */
static bool find(private_control_events_t *this, const char *name,
				 control_queue_t *queue)
{
	enumerator_t *enumerator;
	registration_t *registration;
	bool found = FALSE;

	enumerator = array_create_enumerator(this->registrations);
	while (!found && enumerator->enumerate(enumerator, &registration))
	{
		found = matches(registration, name, queue);
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(control_events_t, add, void,
	private_control_events_t *this, const char *name, control_queue_t *queue)
{
	registration_t registration = { .queue = queue };

	this->mutex->lock(this->mutex);
	if (!find(this, name, queue))
	{
		registration.name = strdup(name);
		array_insert(this->registrations, ARRAY_TAIL, &registration);
		offer_listen(TRUE);
	}
	this->mutex->unlock(this->mutex);
}

/**
 * Remove registrations.
 */
static bool remove_matching(private_control_events_t *this, const char *name,
							control_queue_t *queue)
{
	enumerator_t *enumerator;
	registration_t *registration;
	bool found = FALSE;

	this->mutex->lock(this->mutex);
	enumerator = array_create_enumerator(this->registrations);
	while (enumerator->enumerate(enumerator, &registration))
	{
		if (matches(registration, name, queue))
		{
			free(registration->name);
			array_remove_at(this->registrations, enumerator);
			offer_listen(FALSE);
			found = TRUE;
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(control_events_t, remove_, bool,
	private_control_events_t *this, const char *name, control_queue_t *queue)
{
	return remove_matching(this, name, queue);
}

METHOD(control_events_t, remove_all, void,
	private_control_events_t *this, control_queue_t *queue)
{
	remove_matching(this, NULL, queue);
}

METHOD(control_events_t, contains, bool,
	private_control_events_t *this, const char *name, control_queue_t *queue)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = find(this, name, queue);
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(control_events_t, get_count, u_int,
	private_control_events_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = array_count(this->registrations);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(control_sink_t, begin, control_out_t*,
	private_control_events_t *this, const char *event)
{
	control_message_t *message;

	if (!contains(this, event, NULL))
	{
		return NULL;
	}
	message = control_message_create(NULL, NULL);
	message->event = event;
	return &message->out;
}

/**
 * Queue an event to all clients that are registered for it.
 */
static void deliver(private_control_events_t *this, const char *name,
					chunk_t packet)
{
	enumerator_t *enumerator;
	registration_t *registration;

	this->mutex->lock(this->mutex);
	enumerator = array_create_enumerator(this->registrations);
	while (enumerator->enumerate(enumerator, &registration))
	{
		if (matches(registration, name, NULL))
		{
			if (registration->queue->push(registration->queue, packet))
			{
				ref_get(&this->stats->events);
			}
			else
			{
				ref_get(&this->stats->dropped);
			}
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(control_sink_t, raise_, void,
	private_control_events_t *this, control_out_t *out)
{
	control_message_t *message = (control_message_t*)out;
	chunk_t encoding, packet;

	if (message->finalize(message, &encoding))
	{
		packet = control_packet(CONTROL_EVENT, message->event, encoding);
		deliver(this, message->event, packet);
		free(packet.ptr);
		free(encoding.ptr);
	}
	message->destroy(message);
}

METHOD(control_events_t, destroy, void,
	private_control_events_t *this)
{
	array_destroy(this->registrations);
	this->mutex->destroy(this->mutex);
	free(this);
}

control_events_t *control_events_create(control_stats_t *stats)
{
	private_control_events_t *this;

	INIT(this,
		.public = {
			.sink = {
				.begin = _begin,
				.raise = _raise_,
			},
			.add = _add,
			.remove = _remove_,
			.remove_all = _remove_all,
			.contains = _contains,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.stats = stats,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.registrations = array_create(sizeof(registration_t), 0),
	);
	return &this->public;
}
