/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_log_pending.h"

#include <collections/array.h>
#include <collections/hashtable.h>
#include <threading/mutex.h>

typedef struct private_peer_log_pending_t private_peer_log_pending_t;

struct private_peer_log_pending_t {
	peer_log_pending_t public;
	/** arrays of peer_log_line_t*, by unique ID */
	hashtable_t *sas;
	/** number of them, to be read without the lock */
	refcount_t count;
	mutex_t *mutex;
};

/**
 * Copy a line.
 */
static peer_log_line_t *clone_line(const peer_log_line_t *line)
{
	peer_log_line_t *copy = malloc_thing(peer_log_line_t);

	*copy = *line;
	copy->message = strdup(line->message);
	copy->connection = strdupnull(line->connection);
	return copy;
}

/**
 * Free a copied line.
 */
static void destroy_line(peer_log_line_t *line)
{
	free((char*)line->message);
	free((char*)line->connection);
	free(line);
}

METHOD(peer_log_pending_t, add, void,
	private_peer_log_pending_t *this, const peer_log_line_t *line)
{
	uintptr_t id = line->unique_id;
	peer_log_line_t *copy = clone_line(line);
	array_t *lines;

	this->mutex->lock(this->mutex);
	lines = this->sas->get(this->sas, (void*)id);
	if (!lines && this->sas->get_count(this->sas) < PEER_LOG_PENDING_SAS)
	{
		lines = array_create(0, 0);
		this->sas->put(this->sas, (void*)id, lines);
		ref_get(&this->count);
	}
	if (lines && array_count(lines) < PEER_LOG_PENDING_LINES)
	{
		array_insert(lines, ARRAY_TAIL, copy);
		copy = NULL;
	}
	this->mutex->unlock(this->mutex);
	if (copy)
	{
		destroy_line(copy);
	}
}

METHOD(peer_log_pending_t, take, void,
	private_peer_log_pending_t *this, uint32_t unique_id,
	peer_log_pending_cb_t cb, void *data)
{
	uintptr_t id = unique_id;
	peer_log_line_t *line;
	array_t *lines;

	if (!ref_cur(&this->count))
	{
		return;
	}
	this->mutex->lock(this->mutex);
	lines = this->sas->remove(this->sas, (void*)id);
	if (lines)
	{
		ignore_result(ref_put(&this->count));
	}
	this->mutex->unlock(this->mutex);

	while (array_remove(lines, ARRAY_HEAD, &line))
	{
		if (cb)
		{
			cb(data, line);
		}
		destroy_line(line);
	}
	array_destroy(lines);
}

/**
 * Implementation of hashtable_t.destroy_function's callback.
 */
static void destroy_lines(void *lines, const void *key)
{
	array_destroy_function(lines, (array_callback_t)destroy_line, NULL);
}

METHOD(peer_log_pending_t, destroy, void,
	private_peer_log_pending_t *this)
{
	this->sas->destroy_function(this->sas, destroy_lines);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
peer_log_pending_t *peer_log_pending_create(void)
{
	private_peer_log_pending_t *this;

	INIT(this,
		.public = {
			.add = _add,
			.take = _take,
			.destroy = _destroy,
		},
		.sas = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr, 32),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
