/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "control_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <collections/linked_list.h>
#include <threading/mutex.h>

typedef struct private_control_queue_t private_control_queue_t;

struct private_control_queue_t {
	control_queue_t public;
	/** guards what follows; bus hooks take it, so it is held for moments */
	mutex_t *mutex;
	/** item_t */
	linked_list_t *items;
	/** bytes of all items */
	size_t size;
};

/**
 * An event.
 */
typedef struct {
	chunk_t event;
	/** events dropped after this one */
	u_int dropped;
} item_t;

static void item_destroy(item_t *item)
{
	free(item->event.ptr);
	free(item);
}

METHOD(control_queue_t, push, bool,
	private_control_queue_t *this, chunk_t event)
{
	item_t *item, *last;
	bool fits, first;

	INIT(item,
		.event = chunk_clone(event),
	);
	this->mutex->lock(this->mutex);
	first = this->items->get_count(this->items) == 0;
	fits = first || this->size + event.len <= CONTROL_QUEUE_MAX;
	if (fits)
	{
		this->items->insert_last(this->items, item);
		this->size += event.len;
	}
	else if (this->items->get_last(this->items, (void**)&last) == SUCCESS)
	{
		last->dropped++;
	}
	this->mutex->unlock(this->mutex);

	if (!fits)
	{
		item_destroy(item);
	}
	else if (first)
	{
		/* fails if the client hasn't noticed the last time, which is fine */
		ignore_result(eventfd_write(this->public.fd, 1));
	}
	return fits;
}

METHOD(control_queue_t, pop, bool,
	private_control_queue_t *this, chunk_t *event, u_int *dropped)
{
	item_t *item = NULL;
	eventfd_t count;

	this->mutex->lock(this->mutex);
	if (this->items->remove_first(this->items, (void**)&item) == SUCCESS)
	{
		this->size -= item->event.len;
	}
	if (this->items->get_count(this->items) == 0)
	{
		ignore_result(eventfd_read(this->public.fd, &count));
	}
	this->mutex->unlock(this->mutex);

	if (!item)
	{
		return FALSE;
	}
	*event = item->event;
	*dropped = item->dropped;
	free(item);
	return TRUE;
}

METHOD(control_queue_t, destroy, void,
	private_control_queue_t *this)
{
	if (this->public.fd >= 0)
	{
		close(this->public.fd);
	}
	this->items->destroy_function(this->items, (void*)item_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

control_queue_t *control_queue_create(void)
{
	private_control_queue_t *this;

	INIT(this,
		.public = {
			.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
			.push = _push,
			.pop = _pop,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.items = linked_list_create(),
	);
	if (this->public.fd < 0)
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
