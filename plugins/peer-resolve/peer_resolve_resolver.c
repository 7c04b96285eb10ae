/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_resolver.h"
#include "peer_resolve_name.h"

#include <quiet_thread.h>

#include <networking/host.h>
#include <threading/mutex.h>

#include <errno.h>
#include <netdb.h>

/**
 * Names that are asked for at once: a name server that is dead is waited for
 * 10 seconds and more.
 */
#define THREADS 8

typedef struct private_peer_resolve_resolver_t private_peer_resolve_resolver_t;

/**
 * Who asks, until there is nothing to ask for.
 */
typedef struct {
	private_peer_resolve_resolver_t *resolver;
	/** NULL if there is none */
	thread_t *thread;
	/** has it ended, but for being joined? Locked by mutex */
	bool ended;
} asker_t;

struct private_peer_resolve_resolver_t {
	peer_resolve_resolver_t public;
	peer_resolve_answer_t answer;
	void *data;
	/** names to ask for, char*; locked by mutex */
	linked_list_t *queue;
	/** to be destroyed; locked by mutex */
	bool stop;
	mutex_t *mutex;
	/** for who asks the resolver */
	asker_t askers[THREADS];
};

/**
 * Take a name off the queue. NULL to end.
 */
static char *next(asker_t *asker)
{
	private_peer_resolve_resolver_t *this = asker->resolver;
	char *name = NULL;

	this->mutex->lock(this->mutex);
	asker->ended = this->stop || this->queue->remove_first(this->queue,
													(void**)&name) != SUCCESS;
	this->mutex->unlock(this->mutex);
	return name;
}

/**
 * Ask for a name. The thread may end here, as getaddrinfo() can be cancelled.
 *
 * @param list		gets addresses
 * @return			why there are none, NULL if there are
 */
static const char *ask_system(const char *name, linked_list_t *list)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
							  .ai_socktype = SOCK_DGRAM }, *result, *info;
	host_t *host;
	int error;
	bool old;

	old = thread_cancelability(TRUE);
	error = getaddrinfo(name, NULL, &hints, &result);
	thread_cancelability(old);
	if (error)
	{
		return error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
	}
	for (info = result; info; info = info->ai_next)
	{
		host = host_create_from_sockaddr(info->ai_addr);
		if (host && peer_resolve_is_place(host))
		{
			list->insert_last(list, host);
		}
		else
		{
			DESTROY_IF(host);
		}
	}
	freeaddrinfo(result);
	return list->get_count(list) ? NULL : "no address of a peer";
}

/**
 * Free a list of addresses.
 */
static void destroy_hosts(void *list)
{
	linked_list_t *hosts = list;

	hosts->destroy_offset(hosts, offsetof(host_t, destroy));
}

/**
 * What a thread does.
 */
static void *resolve(asker_t *asker)
{
	private_peer_resolve_resolver_t *this = asker->resolver;
	linked_list_t *hosts;
	const char *error;
	char *name;

	thread_cancelability(FALSE);
	while ((name = next(asker)))
	{
		hosts = linked_list_create();
		thread_cleanup_push(free, name);
		thread_cleanup_push(destroy_hosts, hosts);
		error = ask_system(name, hosts);
		thread_cleanup_pop(FALSE);
		this->answer(this->data, name, hosts, error);
		thread_cleanup_pop(TRUE);
	}
	return NULL;
}

/**
 * Put a name in the queue.
 *
 * @return			who may be started to ask for it, NULL if all are at work
 */
static asker_t *put(private_peer_resolve_resolver_t *this, const char *name)
{
	asker_t *found = NULL;
	int i;

	this->mutex->lock(this->mutex);
	this->queue->insert_last(this->queue, strdup(name));
	for (i = 0; i < THREADS && !found; i++)
	{
		if (!this->askers[i].thread || this->askers[i].ended)
		{
			found = &this->askers[i];
			found->ended = FALSE;
		}
	}
	this->mutex->unlock(this->mutex);
	return found;
}

METHOD(peer_resolve_resolver_t, ask, void,
	private_peer_resolve_resolver_t *this, const char *name)
{
	asker_t *asker = put(this, name);
	char *unasked;

	if (!asker)
	{
		return;
	}
	if (asker->thread)
	{
		asker->thread->join(asker->thread);
	}
	asker->thread = quiet_thread_create((thread_main_t)resolve, asker);
	while (!asker->thread && (unasked = next(asker)))
	{
		this->answer(this->data, unasked, linked_list_create(),
					 "can't start a thread");
		free(unasked);
	}
}

METHOD(peer_resolve_resolver_t, destroy, void,
	private_peer_resolve_resolver_t *this)
{
	thread_t *thread;
	int i;

	this->mutex->lock(this->mutex);
	this->stop = TRUE;
	this->mutex->unlock(this->mutex);
	for (i = 0; i < THREADS; i++)
	{
		thread = this->askers[i].thread;
		if (thread)
		{
			thread->cancel(thread);
			thread->join(thread);
		}
	}
	this->queue->destroy_function(this->queue, free);
	this->mutex->destroy(this->mutex);
	free(this);
}

peer_resolve_resolver_t *peer_resolve_resolver_create(
									peer_resolve_answer_t answer, void *data)
{
	private_peer_resolve_resolver_t *this;
	int i;

	INIT(this,
		.public = {
			.ask = _ask,
			.destroy = _destroy,
		},
		.answer = answer,
		.data = data,
		.queue = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	for (i = 0; i < THREADS; i++)
	{
		this->askers[i].resolver = this;
	}
	return &this->public;
}
