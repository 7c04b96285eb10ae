/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_kernel.h"
#include "bypass_route.h"

#include <owner.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

/**
 * Metric of our routes. Another one than charon's (0 for IPv4, 1024 for IPv6),
 * as it replaces what has the same network and metric.
 */
#define ROUTE_METRIC 98

typedef struct private_bypass_kernel_t private_bypass_kernel_t;
typedef struct kind_t kind_t;
typedef struct requests_t requests_t;

/**
 * Write a request about an item, which is somebody's.
 */
typedef void (*write_t)(netlink_request_t *request, const void *item,
						const bypass_place_t *place);

/**
 * A kind of what there is in the kernel.
 */
struct kind_t {
	const char *name;
	int protocol;
	bypass_set_t *(*create)(void);
	/** read what there is, appending to the set of each slot; 0 or errno */
	int (*read)(const bypass_place_t *place, bypass_set_t **out);
	write_t add;
	write_t del;
	/** asks for what del needs to know, or NULL */
	write_t locate;
	/** errno if there was nothing to add or to delete */
	int there;
	int gone;
};

/**
 * Write what identifies a route.
 */
static void write_route(netlink_request_t *request, uint16_t type,
						uint16_t flags, const bypass_prefix_t *prefix,
						const bypass_place_t *place)
{
	struct rtmsg *msg;

	msg = netlink_begin(request, type, flags, sizeof(*msg));
	msg->rtm_family = prefix->family;
	msg->rtm_dst_len = prefix->len;
	msg->rtm_protocol = BYPASS_ROUTE_PROTOCOL;
	msg->rtm_type = RTN_THROW;
	msg->rtm_scope = RT_SCOPE_UNIVERSE;
	netlink_add_u32(request, RTA_TABLE, place->table);
	netlink_add_u32(request, RTA_PRIORITY, ROUTE_METRIC + place->slot);
	netlink_add(request, RTA_DST, prefix->addr,
				netlink_addr_size(prefix->family));
}

/**
 * Write a request for a route to be added. It throws packets back to the rules
 * behind the one that led to the table.
 */
static void add_route(netlink_request_t *request, const void *prefix,
					  const bypass_place_t *place)
{
	write_route(request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, prefix,
				place);
}

/**
 * Write a request for a route to be deleted.
 */
static void delete_route(netlink_request_t *request, const void *prefix,
						 const bypass_place_t *place)
{
	write_route(request, RTM_DELROUTE, 0, prefix, place);
}

/**
 * Routes being read.
 */
typedef struct {
	uint32_t table;
	bypass_set_t **out;
} routes_t;

/**
 * Take over a route, implementation of netlink_reply_t.
 */
static bool read_route(void *data, u_int index, struct nlmsghdr *hdr)
{
	routes_t *this = data;
	netlink_route_t route;
	uint32_t slot;

	if (netlink_route_parse(hdr, &route) && route.type == RTN_THROW &&
		route.protocol == BYPASS_ROUTE_PROTOCOL && route.table == this->table)
	{
		slot = route.metric - ROUTE_METRIC;
		if (slot < BYPASS_SLOTS)
		{
			bypass_set_add(this->out[slot], &route.dst);
		}
	}
	return TRUE;
}

/**
 * Read routes, implementation of kind_t.read.
 */
static int read_routes(const bypass_place_t *place, bypass_set_t **out)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	routes_t routes = { .table = place->table, .out = out };
	int i, error = 0;

	for (i = 0; !error && i < countof(families); i++)
	{
		error = netlink_list_routes(families[i], place->table, RTN_THROW,
									BYPASS_ROUTE_PROTOCOL, read_route, &routes);
		if (error == ENOENT)
		{	/* there is no such table yet */
			error = 0;
		}
	}
	return error;
}

/**
 * In the order in which they are added: packets need their route by the time
 * that their policy is there.
 */
static const kind_t kinds[] = {
	{
		.name = "routes",
		.protocol = NETLINK_ROUTE,
		.create = bypass_prefix_set_create,
		.read = read_routes,
		.add = add_route,
		.del = delete_route,
		.there = EEXIST,
		.gone = ESRCH,
	},
	{
		.name = "policies",
		.protocol = NETLINK_XFRM,
		.create = bypass_policy_set_create,
		.read = bypass_policies_read,
		.add = bypass_policy_add,
		.del = bypass_policy_del,
		.locate = bypass_policy_get,
		.there = EEXIST,
		.gone = ENOENT,
	},
};

/** indices of these */
enum { ROUTES, POLICIES };

struct private_bypass_kernel_t {
	bypass_kernel_t public;
	/** our slot, and the table for routes, 0 if there are to be none */
	bypass_place_t place;
	/** claim on the slot */
	owner_t *owner;
	/** whether there are to be routes */
	bool routed;
	/** what is in the kernel, of each kind, sealed */
	bypass_set_t *have[countof(kinds)];
	/** whether that is known to be what the kernel has */
	bool loaded;
};

/**
 * A number of requests of one kind.
 */
struct requests_t {
	const bypass_place_t *place;
	/** what they are about */
	bypass_set_t *items;
	write_t write;
	/** errno that means that there was nothing to do */
	int harmless;
	/** errno of each, 0 if it succeeded */
	int *errors;
};

/**
 * Implementation of netlink_build_t.
 */
static void build(void *data, u_int index, netlink_request_t *request)
{
	requests_t *this = data;

	this->write(request, bypass_set_get(this->items, index), this->place);
}

/**
 * Take what is known about a policy, implementation of netlink_reply_t.
 */
static bool locate(void *data, u_int index, struct nlmsghdr *hdr)
{
	requests_t *this = data;
	bypass_policy_t policy;
	uint32_t slot;

	if (bypass_policy_parse(hdr, &policy, &slot))
	{
		memcpy(bypass_set_get(this->items, index), &policy, sizeof(policy));
	}
	return TRUE;
}

/**
 * Implementation of netlink_result_t.
 */
static void result(void *data, u_int index, int error)
{
	requests_t *this = data;

	this->errors[index] = error == this->harmless ? 0 : error;
}

/**
 * Have items added or deleted. Failures are logged, with one of the reasons.
 *
 * @param items			what to add or delete, adopted
 * @param count			incremented for each that was
 * @return				set of the items for which that failed, sealed
 */
static bypass_set_t *run(const kind_t *kind, const bypass_place_t *place,
						 bypass_set_t *items, bool add, u_int *count)
{
	requests_t this = {
		.place = place,
		.items = items,
		.write = add ? kind->add : kind->locate,
		.harmless = add ? kind->there : kind->gone,
		.errors = calloc(items->count + 1, sizeof(int)),
	};
	bypass_set_t *failed;
	int error = 0;
	u_int i;

	if (!add && kind->locate)
	{
		netlink_run(kind->protocol, items->count, build, locate, result, &this);
	}
	this.write = add ? kind->add : kind->del;
	netlink_run(kind->protocol, items->count, build, NULL, result, &this);
	failed = bypass_set_create(items->size, items->cmp);
	for (i = 0; i < items->count; i++)
	{
		if (this.errors[i])
		{
			error = this.errors[i];
			bypass_set_add(failed, bypass_set_get(items, i));
		}
	}
	if (error)
	{
		DBG1(DBG_KNL, "bypass: %u of %u requests to %s %s failed: %s",
			 failed->count, items->count, add ? "add" : "remove", kind->name,
			 strerror(error));
	}
	*count = items->count - failed->count;
	free(this.errors);
	bypass_set_destroy(items);
	return failed;
}

/**
 * What is in the kernel now: what is wanted, without what couldn't be added,
 * and with what couldn't be removed.
 */
static bypass_set_t *get_present(bypass_set_t *want, bypass_set_t *not_added,
								 bypass_set_t *not_removed)
{
	bypass_set_t *present;
	u_int i;

	if (!not_added->count && !not_removed->count)
	{
		return bypass_set_ref(want);
	}
	present = bypass_set_create(want->size, want->cmp);
	bypass_set_reserve(present, want->count + not_removed->count);
	for (i = 0; i < want->count; i++)
	{
		if (!bypass_set_find(not_added, bypass_set_get(want, i)))
		{
			bypass_set_add(present, bypass_set_get(want, i));
		}
	}
	for (i = 0; i < not_removed->count; i++)
	{
		bypass_set_add(present, bypass_set_get(not_removed, i));
	}
	bypass_set_seal(present);
	return present;
}

/**
 * Change what the kernel has, of one kind. New ones go first so that nothing
 * is caught by a tunnel in between.
 *
 * @param want		what is wanted, NULL for nothing
 */
static bypass_changes_t change(const kind_t *kind, const bypass_place_t *place,
							   bypass_set_t **have, bypass_set_t *want)
{
	bypass_set_t *add, *del, *not_added, *not_removed, *present;
	bypass_changes_t changes;

	want = want ? bypass_set_ref(want) : kind->create();
	bypass_set_diff(*have, want, &add, &del);
	not_added = run(kind, place, add, TRUE, &changes.added);
	not_removed = run(kind, place, del, FALSE, &changes.removed);
	changes.failed = not_added->count + not_removed->count;
	present = get_present(want, not_added, not_removed);
	bypass_set_destroy(*have);
	*have = present;
	bypass_set_destroy(not_added);
	bypass_set_destroy(not_removed);
	bypass_set_destroy(want);
	return changes;
}

/**
 * Claim a slot.
 *
 * @param holder	gets who has it if it isn't ours, 0 if that can't be told
 * @return			NULL if another daemon has it
 */
static owner_t *claim(u_int slot, pid_t *holder)
{
	char name[32];
	owner_t *owner;

	snprintf(name, sizeof(name), "bypass/%u", slot);
	owner = owner_create(name, NULL, NULL);
	if (!owner->is_ours(owner, holder))
	{
		owner->destroy(owner);
		return NULL;
	}
	return owner;
}

/**
 * Claim the first slot that is free.
 *
 * @return			FALSE if none is, after logging so
 */
static bool claim_any(private_bypass_kernel_t *this)
{
	pid_t holder;

	for (; this->place.slot < BYPASS_SLOTS; this->place.slot++)
	{
		this->owner = claim(this->place.slot, &holder);
		if (this->owner)
		{
			return TRUE;
		}
		DBG1(DBG_KNL, "bypass: process %d excludes traffic in this network "
			 "namespace, too, with policies of its own, uid %u", (int)holder,
			 BYPASS_POLICY_MARK + this->place.slot);
	}
	DBG1(DBG_KNL, "bypass: %u other processes exclude traffic in this network "
		 "namespace, which is as many as there can be; not excluding any",
		 BYPASS_SLOTS);
	return FALSE;
}

/**
 * What there is in the kernel of a kind, for each slot.
 */
typedef bypass_set_t *present_t[BYPASS_SLOTS];

/**
 * Release what was read.
 */
static void release(present_t present)
{
	u_int i;

	for (i = 0; i < BYPASS_SLOTS; i++)
	{
		bypass_set_destroy(present[i]);
		present[i] = NULL;
	}
}

/**
 * Read what there is.
 *
 * @param present	gets sealed sets, to be released, also if that fails
 * @return			0 or errno
 */
static int read_kind(private_bypass_kernel_t *this, u_int kind,
					 present_t present)
{
	int error = 0;
	u_int i;

	for (i = 0; i < BYPASS_SLOTS; i++)
	{
		present[i] = kinds[kind].create();
	}
	if (kind != ROUTES || this->place.table)
	{
		error = kinds[kind].read(&this->place, present);
	}
	for (i = 0; i < BYPASS_SLOTS; i++)
	{
		bypass_set_seal(present[i]);
	}
	return error;
}

/**
 * Take what was read of ours for what there is.
 */
static void take_ours(private_bypass_kernel_t *this, u_int kind,
					  present_t present)
{
	bypass_set_destroy(this->have[kind]);
	this->have[kind] = bypass_set_ref(present[this->place.slot]);
}

/**
 * Remove what other daemons have left, those whose slots are free.
 */
static void remove_left(private_bypass_kernel_t *this,
						present_t present[countof(kinds)])
{
	bypass_place_t place = this->place;
	bypass_set_t **routes, **policies;
	owner_t *owner;

	for (place.slot = 0; place.slot < BYPASS_SLOTS; place.slot++)
	{
		routes = &present[ROUTES][place.slot];
		policies = &present[POLICIES][place.slot];
		if (place.slot == this->place.slot ||
			(!(*policies)->count && !(*routes)->count))
		{
			continue;
		}
		owner = claim(place.slot, NULL);
		if (owner)
		{
			DBG1(DBG_KNL, "bypass: removing %u policies and %u routes of "
				 "another process that didn't end in order",
				 (*policies)->count, (*routes)->count);
			change(&kinds[POLICIES], &place, policies, NULL);
			change(&kinds[ROUTES], &place, routes, NULL);
			owner->destroy(owner);
		}
	}
}

/**
 * Find out what a daemon that was killed has left.
 */
static void load(private_bypass_kernel_t *this)
{
	present_t present[countof(kinds)];
	int error = 0;
	u_int kind;

	for (kind = 0; kind < countof(kinds); kind++)
	{
		error = read_kind(this, kind, present[kind]) ?: error;
		take_ours(this, kind, present[kind]);
	}
	if (error)
	{
		DBG1(DBG_KNL, "bypass: looking for policies of a previous run failed: "
			 "%s", strerror(error));
	}
	else
	{
		if (this->have[POLICIES]->count || this->have[ROUTES]->count)
		{
			DBG1(DBG_KNL, "bypass: found %u policies and %u routes of a run "
				 "that didn't end in order", this->have[POLICIES]->count,
				 this->have[ROUTES]->count);
		}
		remove_left(this, present);
		this->loaded = TRUE;
	}
	for (kind = 0; kind < countof(kinds); kind++)
	{
		release(present[kind]);
	}
}

METHOD(bypass_kernel_t, apply, bypass_changes_t,
	private_bypass_kernel_t *this, bypass_plan_t *plan)
{
	if (!this->loaded)
	{
		load(this);
	}
	change(&kinds[ROUTES], &this->place, &this->have[ROUTES],
		   plan && this->routed ? plan->routes : NULL);
	return change(&kinds[POLICIES], &this->place, &this->have[POLICIES],
				  plan ? plan->policies : NULL);
}

METHOD(bypass_kernel_t, read_back, bool,
	private_bypass_kernel_t *this, bypass_plan_t *plan, uint64_t *used)
{
	bypass_policy_t *policy, *found;
	uint64_t now = time(NULL);
	present_t present;
	bool done;
	u_int i;

	done = !read_kind(this, POLICIES, present);
	if (done)
	{
		take_ours(this, POLICIES, present);
		memset(used, 0, array_count(plan->entries) * sizeof(*used));
		for (i = 0; i < this->have[POLICIES]->count; i++)
		{
			policy = bypass_set_get(this->have[POLICIES], i);
			found = bypass_set_find(plan->policies, policy);
			if (found)
			{	/* not later than now, which it is if the clock was set back */
				used[found->entry] = max(used[found->entry],
										 min(policy->used, now));
			}
		}
	}
	release(present);
	return done;
}

METHOD(bypass_kernel_t, read_routes_back, u_int,
	private_bypass_kernel_t *this)
{
	bypass_set_t *added, *missing;
	present_t present;
	u_int count = 0;

	if (!read_kind(this, ROUTES, present))
	{
		bypass_set_diff(this->have[ROUTES], present[this->place.slot], &added,
						&missing);
		count = missing->count;
		take_ours(this, ROUTES, present);
		bypass_set_destroy(added);
		bypass_set_destroy(missing);
	}
	release(present);
	return count;
}

METHOD(bypass_kernel_t, get_count, u_int,
	private_bypass_kernel_t *this)
{
	return this->have[POLICIES]->count;
}

METHOD(bypass_kernel_t, destroy, void,
	private_bypass_kernel_t *this)
{
	u_int kind;

	for (kind = 0; kind < countof(kinds); kind++)
	{
		bypass_set_destroy(this->have[kind]);
	}
	DESTROY_IF(this->owner);
	free(this);
}

bypass_kernel_t *bypass_kernel_create(uint32_t table, bool routes)
{
	private_bypass_kernel_t *this;
	u_int kind;
	int fd;

	INIT(this,
		.public = {
			.apply = _apply,
			.read = _read_back,
			.read_routes = _read_routes_back,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.place.table = table,
		.routed = table && routes,
	);
	for (kind = 0; kind < countof(kinds); kind++)
	{
		this->have[kind] = kinds[kind].create();
	}
	fd = netlink_open(NETLINK_XFRM, 0);
	if (fd < 0)
	{
		DBG1(DBG_KNL, "bypass: opening a netlink socket failed: %s",
			 strerror(errno));
		destroy(this);
		return NULL;
	}
	close(fd);
	if (!claim_any(this))
	{
		destroy(this);
		return NULL;
	}
	return &this->public;
}
