/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_kernel.h"
#include "bypass_diff.h"
#include "bypass_requests.h"

#include <errno.h>

typedef struct private_bypass_kernel_t private_bypass_kernel_t;

/**
 * Private data of a bypass_kernel_t object.
 */
struct private_bypass_kernel_t {

	/**
	 * Public interface.
	 */
	bypass_kernel_t public;

	/**
	 * Socket for policies.
	 */
	bypass_netlink_t *xfrm;

	/**
	 * Socket for routes, NULL if there are to be none.
	 */
	bypass_netlink_t *rtnl;

	/**
	 * Table for routes.
	 */
	uint32_t table;

	/**
	 * Policies that are in the kernel, bypass_policy_t, normalised.
	 */
	array_t *policies;

	/**
	 * Routes that are in the kernel, bypass_prefix_t, normalised.
	 */
	array_t *routes;

	/**
	 * Whether policies and routes are known to be what the kernel has.
	 */
	bool loaded;
};

/**
 * A number of requests of one kind.
 */
typedef struct {
	bypass_write_t write;
	/** read by these requests first what write needs to know, or NULL */
	bypass_write_t locate;
	uint32_t table;
	/** array of what they are about */
	array_t *items;
	size_t size;
	/** errno that means that there was nothing to do */
	int harmless;
	const char *what;
	/** copy of the items */
	char *copy;
	/** errno of each, 0 if it succeeded */
	int *errors;
} requests_t;

/**
 * Implementation of bypass_netlink_build_t.
 */
static void build(void *data, u_int index, struct nlmsghdr *hdr)
{
	requests_t *this = data;

	this->write(hdr, this->copy + index * this->size, this->table);
}

/**
 * Implementation of bypass_netlink_build_t.
 */
static void build_locate(void *data, u_int index, struct nlmsghdr *hdr)
{
	requests_t *this = data;

	this->locate(hdr, this->copy + index * this->size, this->table);
}

/**
 * Implementation of bypass_netlink_reply_t.
 */
static void locate(void *data, u_int index, struct nlmsghdr *hdr)
{
	requests_t *this = data;
	bypass_policy_t policy;

	if (bypass_policy_parse(hdr, &policy))
	{
		memcpy(this->copy + index * this->size, &policy, this->size);
	}
}

/**
 * Implementation of bypass_netlink_result_t.
 */
static void result(void *data, u_int index, int error)
{
	requests_t *this = data;

	this->errors[index] = error == this->harmless ? 0 : error;
}

/**
 * Copy the items to where a callback can get at each.
 */
static void copy_items(requests_t *this)
{
	enumerator_t *enumerator;
	char *pos, *item;

	pos = this->copy = malloc(array_count(this->items) * this->size + 1);
	enumerator = array_create_enumerator(this->items);
	while (enumerator->enumerate(enumerator, &item))
	{
		memcpy(pos, item, this->size);
		pos += this->size;
	}
	enumerator->destroy(enumerator);
}

/**
 * Get the items whose request failed, and log one of the reasons.
 */
static array_t *get_failed(requests_t *this)
{
	array_t *failed = array_create(this->size, 0);
	int i, error = 0;

	for (i = 0; i < array_count(this->items); i++)
	{
		if (this->errors[i])
		{
			error = this->errors[i];
			array_insert(failed, ARRAY_TAIL, this->copy + i * this->size);
		}
	}
	if (error)
	{
		DBG1(DBG_KNL, "bypass: %d of %d requests to %s failed: %s",
			 array_count(failed), array_count(this->items), this->what,
			 strerror(error));
	}
	return failed;
}

/**
 * Send requests.
 *
 * @return			array of the items whose request failed, normalised
 */
static array_t *run(bypass_netlink_t *socket, requests_t requests)
{
	u_int count = array_count(requests.items);
	array_t *failed;

	copy_items(&requests);
	requests.errors = calloc(count + 1, sizeof(int));
	if (requests.locate)
	{
		socket->run(socket, count, build_locate, locate, result, &requests);
	}
	socket->run(socket, count, build, NULL, result, &requests);
	failed = get_failed(&requests);
	free(requests.errors);
	free(requests.copy);
	return failed;
}

/**
 * Remember what is in the kernel now: what is wanted, without what couldn't be
 * added, and with what couldn't be removed.
 */
static void update(array_t **have, array_t *want, array_t *not_added,
				   array_t *not_removed, size_t size, bypass_cmp_t cmp)
{
	enumerator_t *enumerator;
	array_t *ignored, *now;
	void *item;

	bypass_diff(not_added, want, size, cmp, &now, &ignored);
	enumerator = array_create_enumerator(not_removed);
	while (enumerator->enumerate(enumerator, &item))
	{
		array_insert(now, ARRAY_TAIL, item);
	}
	enumerator->destroy(enumerator);
	bypass_diff_normalise(&now, size, cmp);
	array_destroy(ignored);
	array_destroy(*have);
	*have = now;
}

/**
 * Change what the kernel has, of one kind. New ones go first so that nothing
 * is caught by a tunnel in between.
 */
static bypass_changes_t change(bypass_netlink_t *socket, requests_t add,
							   requests_t del, array_t **have, array_t *want,
							   bypass_cmp_t cmp)
{
	array_t *not_added, *not_removed;
	bypass_changes_t changes;

	bypass_diff(*have, want, add.size, cmp, &add.items, &del.items);
	not_added = run(socket, add);
	not_removed = run(socket, del);
	changes = (bypass_changes_t){
		.added = array_count(add.items) - array_count(not_added),
		.removed = array_count(del.items) - array_count(not_removed),
		.failed = array_count(not_added) + array_count(not_removed),
	};
	update(have, want, not_added, not_removed, add.size, cmp);
	array_destroy(not_added);
	array_destroy(not_removed);
	array_destroy(add.items);
	array_destroy(del.items);
	return changes;
}

/**
 * Find out what a daemon that was killed has left.
 */
static void load(private_bypass_kernel_t *this)
{
	int error;

	error = bypass_policies_read(this->xfrm, this->policies);
	if (this->rtnl && !error)
	{
		error = bypass_routes_read(this->rtnl, this->table, this->routes);
	}
	if (error)
	{
		DBG1(DBG_KNL, "bypass: looking for policies of a previous run failed: "
			 "%s", strerror(error));
		return;
	}
	bypass_diff_normalise(&this->policies, sizeof(bypass_policy_t),
						  bypass_policy_cmp);
	bypass_diff_normalise(&this->routes, sizeof(bypass_prefix_t),
						  bypass_prefix_cmp);
	if (array_count(this->policies) || array_count(this->routes))
	{
		DBG1(DBG_KNL, "bypass: found %d policies and %d routes of a run that "
			 "didn't end in order", array_count(this->policies),
			 array_count(this->routes));
	}
	this->loaded = TRUE;
}

METHOD(bypass_kernel_t, apply, bypass_changes_t,
	private_bypass_kernel_t *this, bypass_plan_t *plan)
{
	array_t *none = array_create(1, 0);
	bypass_changes_t changes;

	if (!this->loaded)
	{
		load(this);
	}
	/* packets need their route by the time that their policy is there */
	if (this->rtnl)
	{
		change(this->rtnl, (requests_t){
				.write = bypass_route_add, .table = this->table,
				.size = sizeof(bypass_prefix_t), .harmless = EEXIST,
				.what = "add routes",
			}, (requests_t){
				.write = bypass_route_del, .table = this->table,
				.size = sizeof(bypass_prefix_t), .harmless = ESRCH,
				.what = "remove routes",
			}, &this->routes, plan ? plan->routes : none, bypass_prefix_cmp);
	}
	changes = change(this->xfrm, (requests_t){
				.write = bypass_policy_add, .size = sizeof(bypass_policy_t),
				.harmless = EEXIST, .what = "add policies",
			}, (requests_t){
				.write = bypass_policy_del, .locate = bypass_policy_get,
				.size = sizeof(bypass_policy_t), .harmless = ENOENT,
				.what = "remove policies",
			}, &this->policies, plan ? plan->policies : none,
			bypass_policy_cmp);
	array_destroy(none);
	return changes;
}

METHOD(bypass_kernel_t, get_use, bool,
	private_bypass_kernel_t *this, bypass_plan_t *plan, uint64_t *used)
{
	bypass_policy_t *policy, found;
	enumerator_t *enumerator;
	array_t *policies;
	int error;

	policies = array_create(sizeof(bypass_policy_t), 0);
	error = bypass_policies_read(this->xfrm, policies);
	memset(used, 0, array_count(plan->entries) * sizeof(*used));
	enumerator = array_create_enumerator(policies);
	while (enumerator->enumerate(enumerator, &policy))
	{
		int index = array_bsearch(plan->policies, policy,
								  (void*)bypass_policy_cmp, &found);

		if (index != -1)
		{
			used[found.entry] = max(used[found.entry], policy->used);
		}
	}
	enumerator->destroy(enumerator);
	array_destroy(policies);
	return !error;
}

METHOD(bypass_kernel_t, get_count, u_int,
	private_bypass_kernel_t *this)
{
	return array_count(this->policies);
}

METHOD(bypass_kernel_t, destroy, void,
	private_bypass_kernel_t *this)
{
	DESTROY_IF(this->xfrm);
	DESTROY_IF(this->rtnl);
	array_destroy(this->policies);
	array_destroy(this->routes);
	free(this);
}

/*
 * Described in header
 */
bypass_kernel_t *bypass_kernel_create(uint32_t table)
{
	private_bypass_kernel_t *this;

	INIT(this,
		.public = {
			.apply = _apply,
			.get_use = _get_use,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.xfrm = bypass_netlink_create(NETLINK_XFRM),
		.rtnl = table ? bypass_netlink_create(NETLINK_ROUTE) : NULL,
		.table = table,
		.policies = array_create(sizeof(bypass_policy_t), 0),
		.routes = array_create(sizeof(bypass_prefix_t), 0),
	);
	if (!this->xfrm || (table && !this->rtnl))
	{
		DBG1(DBG_KNL, "bypass: opening a netlink socket failed: %s",
			 strerror(errno));
		destroy(this);
		return NULL;
	}
	return &this->public;
}
