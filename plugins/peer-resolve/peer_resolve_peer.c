/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_resolve_peer.h"

#include <selectors/traffic_selector.h>

/**
 * How often the time between attempts doubles.
 */
#define DOUBLINGS 5

const char *const peer_resolve_states[] = {
	[PEER_RESOLVE_UNRESOLVED] = "unresolved",
	[PEER_RESOLVE_CURRENT] = "current",
	[PEER_RESOLVE_ELSEWHERE] = "elsewhere",
	[PEER_RESOLVE_UNUSABLE] = "unusable",
	[PEER_RESOLVE_HELD] = "held",
	[PEER_RESOLVE_WAITING] = "waiting",
	[PEER_RESOLVE_CLIENT] = "client",
	[PEER_RESOLVE_REPLACED] = "replaced",
	[PEER_RESOLVE_FAILED] = "failed",
	[PEER_RESOLVE_MOVING] = "moving",
	NULL
};

/**
 * Does an item stand for more than one address?
 */
static bool is_wide(char *item)
{
	host_t *from, *to;
	bool wide;

	if (*item == '%' || strchr(item, '/'))
	{
		return TRUE;
	}
	if (host_create_from_range(item, &from, &to))
	{
		from->destroy(from);
		to->destroy(to);
		return TRUE;
	}
	from = host_create_from_string(item, 0);
	wide = from && from->is_anyaddr(from);
	DESTROY_IF(from);
	return wide;
}

bool peer_resolve_parse(const char *addrs, linked_list_t *names)
{
	enumerator_t *enumerator;
	bool wide = FALSE, found = FALSE;
	host_t *host;
	char *item;

	enumerator = enumerator_create_token(addrs, ",", " ");
	while (!wide && enumerator->enumerate(enumerator, &item))
	{
		wide = is_wide(item);
		host = host_create_from_string(item, 0);
		if (!host && !wide)
		{
			found = TRUE;
			if (names)
			{
				names->insert_last(names, strdup(item));
			}
		}
		DESTROY_IF(host);
	}
	enumerator->destroy(enumerator);
	return found && !wide;
}

/**
 * Forget what was seen of the address.
 */
static void forget(peer_resolve_peer_t *this)
{
	DESTROY_OFFSET_IF(this->first, offsetof(host_t, destroy));
	this->first = NULL;
	this->seen = FALSE;
	this->away = 0;
	this->failures = 0;
	this->retry = 0;
}

void peer_resolve_peer_update(peer_resolve_peer_t *this,
							  peer_resolve_peer_t *now)
{
	peer_resolve_peer_t old = *this;

	if (!old.host->ip_equals(old.host, now->host))
	{
		forget(this);
	}
	this->connection = now->connection;
	this->id = now->id;
	this->host = now->host;
	this->remote_addrs = now->remote_addrs;
	this->family = now->family;
	this->responder = now->responder;
	this->client = now->client;
	this->up = now->up;
	this->missed = 0;
	now->connection = old.connection;
	now->id = old.id;
	now->host = old.host;
	now->remote_addrs = old.remote_addrs;
	peer_resolve_peer_destroy(now);
}

bool peer_resolve_peer_inherit(peer_resolve_peer_t *this,
							   peer_resolve_peer_t *other)
{
	if ((!other->seen && !other->first) ||
		!this->host->ip_equals(this->host, other->host) ||
		!streq(this->connection, other->connection) ||
		!streq(this->remote_addrs, other->remote_addrs))
	{
		return FALSE;
	}
	this->seen = other->seen;
	this->first = other->first ? other->first->clone_offset(other->first,
												offsetof(host_t, clone)) : NULL;
	this->failed = other->failed ? other->failed->clone(other->failed) : NULL;
	this->failures = other->failures;
	this->retry = other->retry;
	return TRUE;
}

/**
 * Where a peer may be.
 */
typedef struct {
	/** host_t* */
	linked_list_t *hosts;
	/** first of them in each family, and the name it is of, if it is of one */
	struct {
		host_t *host;
		peer_resolve_name_t *name;
	} v4, v6;
} places_t;

/**
 * Add an address.
 */
static void add_place(places_t *this, host_t *host, peer_resolve_name_t *name)
{
	bool v4 = host->get_family(host) == AF_INET;

	host = host->clone(host);
	this->hosts->insert_last(this->hosts, host);
	if (v4 && !this->v4.host)
	{
		this->v4.host = host;
		this->v4.name = name;
	}
	if (!v4 && !this->v6.host)
	{
		this->v6.host = host;
		this->v6.name = name;
	}
}

/**
 * Find all places.
 *
 * @return			FALSE if some aren't known
 */
static bool find_places(peer_resolve_peer_t *this, hashtable_t *names,
						places_t *places)
{
	enumerator_t *items, *enumerator;
	peer_resolve_name_t *name;
	linked_list_t *hosts;
	bool complete = TRUE;
	host_t *host;
	char *item;

	items = enumerator_create_token(this->remote_addrs, ",", " ");
	while (items->enumerate(items, &item))
	{
		host = host_create_from_string(item, 0);
		if (host)
		{
			add_place(places, host, NULL);
			host->destroy(host);
			continue;
		}
		name = names->get(names, item);
		complete = complete && name && name->get_resolved(name);
		if (name)
		{
			hosts = name->get_hosts(name);
			enumerator = hosts->create_enumerator(hosts);
			while (enumerator->enumerate(enumerator, &host))
			{
				add_place(places, host, name);
			}
			enumerator->destroy(enumerator);
		}
	}
	items->destroy(items);
	return complete;
}

/**
 * Did the names change while the peer was at another address?
 */
static bool has_changed(peer_resolve_peer_t *this, linked_list_t *hosts)
{
	if (this->seen)
	{
		return TRUE;
	}
	if (!this->first)
	{
		this->first = hosts->clone_offset(hosts, offsetof(host_t, clone));
	}
	return peer_resolve_hosts_disjoint(this->first, hosts);
}

/**
 * Choose where to go.
 *
 * @param name			gets the name that the address is of, NULL if there is
 *						none
 */
static host_t *choose(peer_resolve_peer_t *this, places_t *places,
					  peer_resolve_name_t **name)
{
	bool v4 = this->host->get_family(this->host) == AF_INET;

	if (this->family == AF_INET || !places->v6.host ||
		(v4 && places->v4.host && this->family == AF_UNSPEC))
	{
		*name = places->v4.name;
		return this->family == AF_INET6 ? NULL : places->v4.host;
	}
	*name = places->v6.name;
	return places->v6.host;
}

/**
 * Decide.
 *
 * @param target		gets where to go, if it isn't where it should be
 */
static peer_resolve_state_t decide(peer_resolve_peer_t *this, places_t *places,
								   host_t **target, time_t now,
								   uint32_t interval)
{
	peer_resolve_name_t *name;

	if (peer_resolve_hosts_include(places->hosts, this->host))
	{
		this->seen = TRUE;
		return PEER_RESOLVE_CURRENT;
	}
	if (!has_changed(this, places->hosts))
	{
		return PEER_RESOLVE_ELSEWHERE;
	}
	*target = choose(this, places, &name);
	if (!*target)
	{
		return PEER_RESOLVE_UNUSABLE;
	}
	this->away = this->away ?: now;
	if (this->client)
	{
		return PEER_RESOLVE_CLIENT;
	}
	if (name && name->is_flapping(name, this->host, *target, now, interval))
	{
		return PEER_RESOLVE_HELD;
	}
	if (this->responder && now - this->away < interval)
	{
		return PEER_RESOLVE_WAITING;
	}
	if (this->failed && !this->failed->ip_equals(this->failed, *target))
	{	/* that says nothing of this one */
		this->failures = 0;
		this->retry = 0;
	}
	return this->retry > now ? PEER_RESOLVE_FAILED : PEER_RESOLVE_MOVING;
}

void peer_resolve_peer_decide(peer_resolve_peer_t *this, hashtable_t *names,
							  time_t now, uint32_t interval)
{
	places_t places = { .hosts = linked_list_create() };
	host_t *target = NULL;

	this->state = PEER_RESOLVE_UNRESOLVED;
	if (find_places(this, names, &places))
	{
		this->state = decide(this, &places, &target, now, interval);
	}
	else if (peer_resolve_hosts_include(places.hosts, this->host))
	{
		this->seen = TRUE;
		this->state = PEER_RESOLVE_CURRENT;
	}
	if (!target)
	{
		this->away = 0;
		this->busy = 0;
	}
	DESTROY_IF(this->target);
	this->target = target ? target->clone(target) : NULL;
	places.hosts->destroy_offset(places.hosts, offsetof(host_t, destroy));
}

uint32_t peer_resolve_peer_fail(peer_resolve_peer_t *this, time_t now,
								uint32_t interval)
{
	uint32_t wait = interval << min(this->failures, DOUBLINGS);

	DESTROY_IF(this->failed);
	this->failed = this->target->clone(this->target);
	this->failures++;
	this->busy = 0;
	this->state = PEER_RESOLVE_FAILED;
	this->retry = now + wait;
	return wait;
}

peer_resolve_peer_t *peer_resolve_peer_clone(peer_resolve_peer_t *this)
{
	peer_resolve_peer_t *clone;

	INIT(clone,
		.unique_id = this->unique_id,
		.connection = strdup(this->connection),
		.id = this->id->clone(this->id),
		.host = this->host->clone(this->host),
		.remote_addrs = strdup(this->remote_addrs),
		.state = this->state,
		.target = this->target ? this->target->clone(this->target) : NULL,
		.failures = this->failures,
		.retry = this->retry,
	);
	return clone;
}

void peer_resolve_peer_destroy(peer_resolve_peer_t *this)
{
	if (this)
	{
		DESTROY_OFFSET_IF(this->first, offsetof(host_t, destroy));
		DESTROY_IF(this->failed);
		DESTROY_IF(this->target);
		DESTROY_IF(this->host);
		DESTROY_IF(this->id);
		free(this->connection);
		free(this->remote_addrs);
		free(this);
	}
}
