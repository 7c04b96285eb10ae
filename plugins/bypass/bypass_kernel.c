/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_kernel.h"
#include "bypass_requests.h"

#include <owner.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

typedef struct private_bypass_kernel_t private_bypass_kernel_t;

struct private_bypass_kernel_t {
	bypass_kernel_t public;
	/** our slot, and the table for routes, 0 if there are to be none */
	bypass_place_t place;
	/** claim on the slot */
	owner_t *owner;
	/** whether there are to be routes */
	bool routed;
	/** policies that are in the kernel, bypass_policy_t, sealed */
	bypass_set_t *policies;
	/** routes that are in the kernel, bypass_prefix_t, sealed */
	bypass_set_t *routes;
	/** whether policies and routes are known to be what the kernel has */
	bool loaded;
};

/**
 * A number of requests of one kind.
 */
typedef struct {
	/** NETLINK_ROUTE or NETLINK_XFRM */
	int protocol;
	bypass_write_t write;
	/** read by these requests first what write needs to know, or NULL */
	bypass_write_t locate;
	const bypass_place_t *place;
	/** what they are about */
	bypass_set_t *items;
	/** errno that means that there was nothing to do */
	int harmless;
	const char *what;
	/** errno of each, 0 if it succeeded */
	int *errors;
} requests_t;

/**
 * Implementation of netlink_build_t.
 */
static void build(void *data, u_int index, netlink_request_t *request)
{
	requests_t *this = data;

	this->write(request, bypass_set_get(this->items, index), this->place);
}

/**
 * Implementation of netlink_build_t.
 */
static void build_locate(void *data, u_int index, netlink_request_t *request)
{
	requests_t *this = data;

	this->locate(request, bypass_set_get(this->items, index), this->place);
}

/**
 * Implementation of netlink_reply_t.
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
 * Get the items whose request failed, and log one of the reasons.
 */
static bypass_set_t *get_failed(requests_t *this)
{
	bypass_set_t *failed;
	int error = 0;
	u_int i;

	failed = bypass_set_create(this->items->size, this->items->cmp);
	for (i = 0; i < this->items->count; i++)
	{
		if (this->errors[i])
		{
			error = this->errors[i];
			bypass_set_add(failed, bypass_set_get(this->items, i));
		}
	}
	if (error)
	{
		DBG1(DBG_KNL, "bypass: %u of %u requests to %s failed: %s",
			 failed->count, this->items->count, this->what, strerror(error));
	}
	return failed;
}

/**
 * Send requests.
 *
 * @return			set of the items whose request failed, sealed
 */
static bypass_set_t *run(requests_t *this)
{
	bypass_set_t *failed;

	this->errors = calloc(this->items->count + 1, sizeof(int));
	if (this->locate)
	{
		netlink_run(this->protocol, this->items->count, build_locate, locate,
					result, this);
	}
	netlink_run(this->protocol, this->items->count, build, NULL, result, this);
	failed = get_failed(this);
	free(this->errors);
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
 */
static bypass_changes_t change(requests_t *add, requests_t *del,
							   bypass_set_t **have, bypass_set_t *want)
{
	bypass_set_t *not_added, *not_removed, *present;
	bypass_changes_t changes;

	bypass_set_diff(*have, want, &add->items, &del->items);
	not_added = run(add);
	not_removed = run(del);
	changes = (bypass_changes_t){
		.added = add->items->count - not_added->count,
		.removed = del->items->count - not_removed->count,
		.failed = not_added->count + not_removed->count,
	};
	present = get_present(want, not_added, not_removed);
	bypass_set_destroy(*have);
	*have = present;
	bypass_set_destroy(not_added);
	bypass_set_destroy(not_removed);
	bypass_set_destroy(add->items);
	bypass_set_destroy(del->items);
	return changes;
}

/**
 * Change routes.
 */
static void change_routes(const bypass_place_t *place, bypass_set_t **have,
						  bypass_set_t *want)
{
	requests_t add = {
		.protocol = NETLINK_ROUTE,
		.write = bypass_route_add,
		.place = place,
		.harmless = EEXIST,
		.what = "add routes",
	};
	requests_t del = {
		.protocol = NETLINK_ROUTE,
		.write = bypass_route_del,
		.place = place,
		.harmless = ESRCH,
		.what = "remove routes",
	};

	change(&add, &del, have, want);
}

/**
 * Change policies.
 */
static bypass_changes_t change_policies(const bypass_place_t *place,
										bypass_set_t **have,
										bypass_set_t *want)
{
	requests_t add = {
		.protocol = NETLINK_XFRM,
		.write = bypass_policy_add,
		.place = place,
		.harmless = EEXIST,
		.what = "add policies",
	};
	requests_t del = {
		.protocol = NETLINK_XFRM,
		.write = bypass_policy_del,
		.locate = bypass_policy_get,
		.place = place,
		.harmless = ENOENT,
		.what = "remove policies",
	};

	return change(&add, &del, have, want);
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
 * What there is in the kernel, for each slot.
 */
typedef struct {
	bypass_set_t *policies[BYPASS_SLOTS];
	bypass_set_t *routes[BYPASS_SLOTS];
} present_t;

/**
 * Prepare to read what there is.
 */
static void create_present(present_t *present)
{
	u_int i;

	for (i = 0; i < BYPASS_SLOTS; i++)
	{
		present->policies[i] = bypass_policy_set_create();
		present->routes[i] = bypass_prefix_set_create();
	}
}

/**
 * Seal or release what was read.
 */
static void with_present(present_t *present, void (*what)(bypass_set_t *set))
{
	u_int i;

	for (i = 0; i < BYPASS_SLOTS; i++)
	{
		what(present->policies[i]);
		what(present->routes[i]);
	}
}

/**
 * Replace a set by a reference to another one.
 */
static void replace(bypass_set_t **set, bypass_set_t *by)
{
	bypass_set_destroy(*set);
	*set = bypass_set_ref(by);
}

/**
 * Remove what other daemons have left, those whose slots are free.
 */
static void remove_left(private_bypass_kernel_t *this, present_t *present)
{
	bypass_place_t place = this->place;
	bypass_set_t *none = bypass_policy_set_create();
	owner_t *owner;

	for (place.slot = 0; place.slot < BYPASS_SLOTS; place.slot++)
	{
		if (place.slot == this->place.slot ||
			(!present->policies[place.slot]->count &&
			 !present->routes[place.slot]->count))
		{
			continue;
		}
		owner = claim(place.slot, NULL);
		if (owner)
		{
			DBG1(DBG_KNL, "bypass: removing %u policies and %u routes of "
				 "another process that didn't end in order",
				 present->policies[place.slot]->count,
				 present->routes[place.slot]->count);
			change_policies(&place, &present->policies[place.slot],
							none);
			if (this->place.table)
			{
				change_routes(&place, &present->routes[place.slot],
							  none);
			}
			owner->destroy(owner);
		}
	}
	bypass_set_destroy(none);
}

/**
 * Find out what a daemon that was killed has left.
 */
static void load(private_bypass_kernel_t *this)
{
	present_t present;
	int error;

	create_present(&present);
	error = bypass_policies_read(present.policies);
	if (this->place.table && !error)
	{
		error = bypass_routes_read(this->place.table, present.routes);
	}
	with_present(&present, bypass_set_seal);
	replace(&this->policies, present.policies[this->place.slot]);
	replace(&this->routes, present.routes[this->place.slot]);
	if (error)
	{
		DBG1(DBG_KNL, "bypass: looking for policies of a previous run failed: "
			 "%s", strerror(error));
	}
	else
	{
		if (this->policies->count || this->routes->count)
		{
			DBG1(DBG_KNL, "bypass: found %u policies and %u routes of a run "
				 "that didn't end in order", this->policies->count,
				 this->routes->count);
		}
		remove_left(this, &present);
		this->loaded = TRUE;
	}
	with_present(&present, bypass_set_destroy);
}

METHOD(bypass_kernel_t, apply, bypass_changes_t,
	private_bypass_kernel_t *this, bypass_plan_t *plan)
{
	bypass_set_t *no_policies = bypass_policy_set_create();
	bypass_set_t *no_routes = bypass_prefix_set_create();
	bypass_changes_t changes;

	if (!this->loaded)
	{
		load(this);
	}
	/* packets need their route by the time that their policy is there */
	if (this->place.table)
	{
		change_routes(&this->place, &this->routes,
					  plan && this->routed ? plan->routes : no_routes);
	}
	changes = change_policies(&this->place, &this->policies,
							  plan ? plan->policies : no_policies);
	bypass_set_destroy(no_policies);
	bypass_set_destroy(no_routes);
	return changes;
}

METHOD(bypass_kernel_t, read_back, bool,
	private_bypass_kernel_t *this, bypass_plan_t *plan, uint64_t *used)
{
	bypass_policy_t *policy, *found;
	bypass_set_t *policies;
	uint64_t now = time(NULL);
	present_t present;
	u_int i;

	create_present(&present);
	if (bypass_policies_read(present.policies))
	{
		with_present(&present, bypass_set_destroy);
		return FALSE;
	}
	policies = present.policies[this->place.slot];
	memset(used, 0, array_count(plan->entries) * sizeof(*used));
	for (i = 0; i < policies->count; i++)
	{
		policy = bypass_set_get(policies, i);
		found = bypass_set_find(plan->policies, policy);
		if (found)
		{
			/* not later than now, which it is if the clock was set back */
			used[found->entry] = max(used[found->entry],
									 min(policy->used, now));
		}
	}
	bypass_set_seal(policies);
	replace(&this->policies, policies);
	with_present(&present, bypass_set_destroy);
	return TRUE;
}

METHOD(bypass_kernel_t, read_routes, u_int,
	private_bypass_kernel_t *this)
{
	bypass_set_t *added, *missing;
	present_t present;
	u_int count = 0;

	create_present(&present);
	if (this->place.table &&
		!bypass_routes_read(this->place.table, present.routes))
	{
		with_present(&present, bypass_set_seal);
		bypass_set_diff(this->routes, present.routes[this->place.slot],
						&added, &missing);
		count = missing->count;
		replace(&this->routes, present.routes[this->place.slot]);
		bypass_set_destroy(added);
		bypass_set_destroy(missing);
	}
	with_present(&present, bypass_set_destroy);
	return count;
}

METHOD(bypass_kernel_t, get_count, u_int,
	private_bypass_kernel_t *this)
{
	return this->policies->count;
}

METHOD(bypass_kernel_t, destroy, void,
	private_bypass_kernel_t *this)
{
	bypass_set_destroy(this->policies);
	bypass_set_destroy(this->routes);
	DESTROY_IF(this->owner);
	free(this);
}

bypass_kernel_t *bypass_kernel_create(uint32_t table, bool routes)
{
	private_bypass_kernel_t *this;
	int fd;

	INIT(this,
		.public = {
			.apply = _apply,
			.read = _read_back,
			.read_routes = _read_routes,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.place.table = table,
		.routed = routes,
		.policies = bypass_policy_set_create(),
		.routes = bypass_prefix_set_create(),
	);
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
