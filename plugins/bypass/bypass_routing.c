/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_routing.h"
#include "bypass_nexthop.h"
#include "bypass_rules.h"

#include <collections/array.h>
#include <threading/mutex.h>

#include <errno.h>
#include <net/if.h>

typedef struct private_bypass_routing_t private_bypass_routing_t;

/**
 * Routes aren't read again until this many times as long has passed as it took
 * the last time.
 */
#define REST 20

/**
 * Most events that are kept: if more come, routes are read again.
 */
#define EVENTS_MAX 10000

/**
 * Families whose routes matter.
 */
static const uint8_t families[] = { AF_INET, AF_INET6 };

/**
 * What an event says.
 */
typedef struct {
	bypass_way_t way;
	enum {
		WAY_ADDED,
		WAY_REMOVED,
		/** all of the route's */
		WAYS_REMOVED,
	} change;
} event_t;

struct private_bypass_routing_t {
	bypass_routing_t public;
	/** routing table of tunnels */
	uint32_t table;
	/** ways that matter, of bypass_way_t, sealed, protected by mutex */
	bypass_set_t *ways;
	/** events since ways were made, of event_t, protected by mutex */
	array_t *events;
	/** whether routes have to be read, protected by mutex */
	bool outdated;
	/** whether routes of the plugin were removed, protected by mutex */
	bool lost;
	/** when routes may be read again, in ms of monotonic time */
	uint64_t due;
	/** lock for these, held for moments only */
	mutex_t *mutex;
};

/**
 * Monotonic time in milliseconds.
 */
static uint64_t get_time(void)
{
	timeval_t now;

	time_monotonic(&now);
	return now.tv_sec * 1000ULL + now.tv_usec / 1000;
}

/**
 * Compare what identifies the routes of ways.
 */
static int compare_routes(const void *a, const void *b)
{
	return memcmp(a, b, offsetof(bypass_way_t, uplink));
}

/**
 * Is a way of the same route known?
 */
static bool knows_route(private_bypass_routing_t *this, bypass_way_t *way)
{
	return this->ways->count &&
		   bsearch(way, this->ways->items, this->ways->count,
				   sizeof(bypass_way_t), compare_routes);
}

/**
 * Is a way by an interface known?
 *
 * @param family	of the way, AF_UNSPEC for any
 */
static bool knows_interface(private_bypass_routing_t *this, int ifindex,
							int family)
{
	bypass_way_t *way;
	bool found = FALSE;
	u_int i;

	for (i = 0; !found && i < this->ways->count; i++)
	{
		way = bypass_set_get(this->ways, i);
		found = way->ifindex == ifindex &&
				(family == AF_UNSPEC || way->dst.family == family);
	}
	return found;
}

/**
 * Keep events. Called with the mutex.
 */
static void keep(private_bypass_routing_t *this, bypass_set_t *ways,
				 int change)
{
	event_t event = { .change = change };
	u_int i;

	for (i = 0; i < ways->count; i++)
	{
		event.way = *(bypass_way_t*)bypass_set_get(ways, i);
		array_insert(this->events, ARRAY_TAIL, &event);
	}
	if (array_count(this->events) > EVENTS_MAX)
	{
		array_destroy(this->events);
		this->events = array_create(sizeof(event_t), 0);
		this->outdated = TRUE;
	}
}

/**
 * Take note of a route. Called with the mutex.
 */
static bool note_route(private_bypass_routing_t *this, struct nlmsghdr *hdr)
{
	netlink_route_t route;
	bypass_set_t *ways, *replaced;
	bypass_way_t way = {};
	bool matters;

	if (!netlink_route_parse(hdr, &route))
	{
		return FALSE;
	}
	if (route.table == this->table)
	{
		matters = hdr->nlmsg_type == RTM_DELROUTE &&
				  route.type == RTN_THROW &&
				  route.protocol == BYPASS_ROUTE_PROTOCOL;
		this->lost |= matters;
		return matters;
	}
	ways = bypass_way_set_create();
	matters = bypass_route_append(&route, ways);
	if (hdr->nlmsg_type == RTM_NEWROUTE && (hdr->nlmsg_flags & NLM_F_REPLACE))
	{
		way.table = route.table;
		way.metric = route.metric;
		way.dst = route.dst;
		way.tos = route.tos;
		if (matters || knows_route(this, &way))
		{
			replaced = bypass_way_set_create();
			bypass_set_add(replaced, &way);
			keep(this, replaced, WAYS_REMOVED);
			bypass_set_destroy(replaced);
			matters = TRUE;
		}
	}
	keep(this, ways, hdr->nlmsg_type == RTM_NEWROUTE ? WAY_ADDED
													 : WAY_REMOVED);
	bypass_set_destroy(ways);
	return matters;
}

/**
 * Take note of an interface or address. The kernel says nothing about the IPv4
 * routes that it removes with them. Called with the mutex.
 */
static void note_loss(private_bypass_routing_t *this, struct nlmsghdr *hdr)
{
	struct ifinfomsg *link = NLMSG_DATA(hdr);
	struct ifaddrmsg *addr = NLMSG_DATA(hdr);

	switch (hdr->nlmsg_type)
	{
		case RTM_NEWLINK:
		case RTM_DELLINK:
			if (hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(*link)) &&
				(hdr->nlmsg_type == RTM_DELLINK ||
				 !(link->ifi_flags & IFF_UP)))
			{
				this->outdated |= knows_interface(this, link->ifi_index,
												  AF_UNSPEC);
			}
			break;
		case RTM_DELADDR:
			if (hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(*addr)) &&
				addr->ifa_family == AF_INET)
			{
				this->outdated |= knows_interface(this, addr->ifa_index,
												  AF_INET);
			}
			break;
		case RTM_DELNEXTHOP:
			this->outdated = TRUE;
			break;
		default:
			break;
	}
}

METHOD(bypass_routing_t, note, bool,
	private_bypass_routing_t *this, struct nlmsghdr *hdr)
{
	bool matters = TRUE;

	this->mutex->lock(this->mutex);
	if (!hdr)
	{
		this->outdated = this->lost = TRUE;
	}
	else if (hdr->nlmsg_type == RTM_NEWROUTE ||
			 hdr->nlmsg_type == RTM_DELROUTE)
	{
		matters = note_route(this, hdr);
	}
	else
	{
		note_loss(this, hdr);
	}
	this->mutex->unlock(this->mutex);
	return matters;
}

/**
 * Take over a route that matters, callback of a dump.
 */
static bool read_route(void *data, u_int index, struct nlmsghdr *hdr)
{
	netlink_route_t route;

	if (netlink_route_parse(hdr, &route))
	{
		bypass_route_append(&route, data);
	}
	return TRUE;
}

/**
 * Read all routes, so that events since then complete them.
 *
 * @return			0 or errno
 */
static int read_routes(private_bypass_routing_t *this)
{
	uint64_t start = get_time();
	bypass_set_t *ways;
	int i, error = 0;

	this->mutex->lock(this->mutex);
	this->outdated = FALSE;
	array_destroy(this->events);
	this->events = array_create(sizeof(event_t), 0);
	this->mutex->unlock(this->mutex);

	ways = bypass_way_set_create();
	for (i = 0; (!error || error == EINTR) && i < countof(families); i++)
	{
		error = netlink_list_routes(families[i], 0, RTN_UNICAST, 0, read_route,
									ways);
	}
	/* routes that changed meanwhile make an event, if they matter */
	error = error == EINTR ? 0 : error;
	bypass_set_seal(ways);
	this->due = get_time() + (get_time() - start) * REST;

	this->mutex->lock(this->mutex);
	if (error)
	{
		this->outdated = TRUE;
		bypass_set_destroy(ways);
	}
	else
	{
		bypass_set_destroy(this->ways);
		this->ways = ways;
	}
	this->mutex->unlock(this->mutex);
	return error;
}

/**
 * Apply an event. Called with the mutex.
 */
static void apply(private_bypass_routing_t *this, event_t *event)
{
	bypass_way_t *way;
	u_int i;

	switch (event->change)
	{
		case WAY_ADDED:
			bypass_set_insert(this->ways, &event->way);
			break;
		case WAY_REMOVED:
			way = bypass_set_find(this->ways, &event->way);
			if (way)
			{
				bypass_set_remove(this->ways, way);
			}
			break;
		case WAYS_REMOVED:
			for (i = this->ways->count; i > 0; i--)
			{
				way = bypass_set_get(this->ways, i - 1);
				if (!compare_routes(way, &event->way))
				{
					bypass_set_remove(this->ways, way);
				}
			}
			break;
	}
}

/**
 * Apply all events. Called with the mutex.
 *
 * @return			what there is then, without tables that no rule leads to
 */
static bypass_set_t *apply_events(private_bypass_routing_t *this,
								  bypass_rules_t *rules)
{
	bypass_set_t *ways;
	bypass_way_t *way;
	event_t event;
	u_int i;

	for (i = 0; array_get(this->events, i, &event); i++)
	{
		apply(this, &event);
	}
	array_destroy(this->events);
	this->events = array_create(sizeof(event_t), 0);

	ways = bypass_way_set_create();
	for (i = 0; i < this->ways->count; i++)
	{
		way = bypass_set_get(this->ways, i);
		if (way->table != this->table &&
			bypass_rules_lead_to(rules, way->table))
		{
			bypass_set_add(ways, way);
		}
	}
	return ways;
}

/**
 * Add the interfaces of ways by next hop objects.
 *
 * @return			0 or errno
 */
static int add_nexthops(private_bypass_routing_t *this, bypass_set_t *ways)
{
	u_int i, count = ways->count;
	bypass_way_t way;
	int error = 0;

	for (i = 0; !error && i < count; i++)
	{
		way = *(bypass_way_t*)bypass_set_get(ways, i);
		if (way.nexthop)
		{
			error = bypass_nexthop_add(&way, ways);
		}
		if (error == ENOENT)
		{	/* its routes went with it, for which there is no event */
			error = 0;
			this->mutex->lock(this->mutex);
			this->outdated = TRUE;
			this->mutex->unlock(this->mutex);
		}
	}
	return error;
}

METHOD(bypass_routing_t, read_, bypass_set_t*,
	private_bypass_routing_t *this, u_int *wait)
{
	bypass_rules_t rules;
	bypass_set_t *ways;
	uint64_t now = get_time();
	bool outdated;
	int error;

	this->mutex->lock(this->mutex);
	outdated = this->outdated;
	this->mutex->unlock(this->mutex);

	*wait = 0;
	error = bypass_rules_read(&rules);
	if (!error && outdated && now >= this->due)
	{
		error = read_routes(this);
	}
	else if (outdated)
	{
		*wait = this->due - now;
	}
	if (error)
	{
		bypass_rules_clear(&rules);
		errno = error;
		return NULL;
	}
	this->mutex->lock(this->mutex);
	ways = apply_events(this, &rules);
	this->mutex->unlock(this->mutex);
	bypass_rules_clear(&rules);
	error = add_nexthops(this, ways);
	if (error)
	{
		bypass_set_destroy(ways);
		errno = error;
		return NULL;
	}
	return ways;
}

METHOD(bypass_routing_t, lost, bool,
	private_bypass_routing_t *this)
{
	bool lost;

	this->mutex->lock(this->mutex);
	lost = this->lost;
	this->lost = FALSE;
	this->mutex->unlock(this->mutex);
	return lost;
}

METHOD(bypass_routing_t, destroy, void,
	private_bypass_routing_t *this)
{
	bypass_set_destroy(this->ways);
	array_destroy(this->events);
	this->mutex->destroy(this->mutex);
	free(this);
}

bypass_routing_t *bypass_routing_create(uint32_t table)
{
	private_bypass_routing_t *this;

	INIT(this,
		.public = {
			.note = _note,
			.read = _read_,
			.lost = _lost,
			.destroy = _destroy,
		},
		.table = table,
		.ways = bypass_way_set_create(),
		.events = array_create(sizeof(event_t), 0),
		.outdated = TRUE,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}

/**
 * A table that is looked at.
 */
typedef struct {
	uint32_t number;
	/** whether the kernel has made a route in it */
	bool is_main;
} table_t;

/**
 * Find out if there is a route of the kernel's, implementation of
 * netlink_reply_t.
 */
static bool find_kernels(void *data, u_int index, struct nlmsghdr *hdr)
{
	table_t *this = data;
	netlink_route_t route;

	this->is_main = netlink_route_parse(hdr, &route) &&
					route.protocol == RTPROT_KERNEL &&
					route.table == this->number;
	return !this->is_main;
}

bool bypass_table_is_main(uint32_t number)
{
	table_t table = {
		.number = number,
		.is_main = number == RT_TABLE_MAIN || number == RT_TABLE_LOCAL ||
				   number == RT_TABLE_DEFAULT,
	};
	int i;

	for (i = 0; !table.is_main && i < countof(families); i++)
	{
		netlink_list_routes(families[i], number, RTN_UNICAST, RTPROT_KERNEL,
							find_kernels, &table);
	}
	return table.is_main;
}
