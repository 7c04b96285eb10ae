/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_children.h"

#include <ike_sa_table.h>
#include <selectors/traffic_selector.h>

typedef struct private_filtermode_children_t private_filtermode_children_t;
typedef struct group_t group_t;
typedef struct member_t member_t;

struct private_filtermode_children_t {
	filtermode_children_t public;
	/** all CHILD_SAs, by unique ID, as member_t */
	hashtable_t *children;
	/** all reqids, as group_t */
	hashtable_t *groups;
	/** those that changed since something was printed, as group_t */
	array_t *changed;
	/** uses of reqids whose CHILD_SAs are gone, but that sets may still have,
	 * as filtermode_reqid_t* */
	array_t *left;
	/** whose sets to use, NULL for none */
	filtermode_ruleset_t *ruleset;
};

/**
 * CHILD_SAs that have a reqid in common.
 */
struct group_t {
	uint32_t reqid;
	/** of member_t* */
	array_t *members;
	/** for each set, whether it has the reqid */
	bool *sets;
	/** whether sets may have to change */
	bool changed;
};

/**
 * A CHILD_SA in its group.
 */
struct member_t {
	group_t *group;
	filtermode_child_t child;
};

/**
 * May a set have a CHILD_SA?
 */
static bool may_have(filtermode_set_t *set, const filtermode_child_t *child)
{
	if (set->peers)
	{	/* whoever may be meant is kept out */
		return filtermode_is_named(set->peers, child,
								   !set->matching) == set->matching;
	}
	return child->ipcomp;
}

/**
 * May a set have a reqid? Only if it may have each of the CHILD_SAs, as these
 * can't be told from each other.
 */
static bool may_join(group_t *group, filtermode_set_t *set)
{
	enumerator_t *enumerator;
	member_t *member;
	bool join = array_count(group->members);

	enumerator = array_create_enumerator(group->members);
	while (join && enumerator->enumerate(enumerator, &member))
	{
		join = may_have(set, &member->child);
	}
	enumerator->destroy(enumerator);
	return join;
}

/**
 * Have a group in a set exactly if it may join that.
 *
 * @return			TRUE if that is a change
 */
static bool update(group_t *group, u_int index, filtermode_set_t *set)
{
	bool before = group->sets[index];

	group->sets[index] = may_join(group, set);
	return group->sets[index] != before;
}

/**
 * Destroy a group, but not its CHILD_SAs.
 */
static void group_destroy(group_t *group)
{
	array_destroy(group->members);
	free(group->sets);
	free(group);
}

/**
 * Destroy a CHILD_SA that is in no group.
 */
static void member_destroy(member_t *member)
{
	free((char*)member->child.connection);
	filtermode_peer_unref(member->child.peer);
	filtermode_reqid_unref(member->child.use);
	free(member);
}

/**
 * Take a CHILD_SA out of its group.
 */
static void leave(member_t *member)
{
	enumerator_t *enumerator;
	member_t *current;

	enumerator = array_create_enumerator(member->group->members);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (current == member)
		{
			array_remove_at(member->group->members, enumerator);
			break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Forget a reqid that isn't in use.
 */
static void drop_empty(private_filtermode_children_t *this, group_t *group)
{
	if (!array_count(group->members))
	{
		ike_sa_table_take(this->groups, group->reqid);
		group_destroy(group);
	}
}

/**
 * Remember that sets may have to change.
 */
static void set_changed(private_filtermode_children_t *this, group_t *group)
{
	if (!this->ruleset)
	{
		drop_empty(this, group);
	}
	else if (!group->changed)
	{
		group->changed = TRUE;
		array_insert(this->changed, ARRAY_TAIL, group);
	}
}

/**
 * Number of sets of a ruleset.
 */
static u_int count_sets(filtermode_ruleset_t *ruleset)
{
	return ruleset ? array_count(ruleset->sets) : 0;
}

/**
 * Get the group of a reqid.
 */
static group_t *get_group(private_filtermode_children_t *this, uint32_t reqid)
{
	group_t *group = ike_sa_table_get(this->groups, reqid);

	if (!group)
	{
		INIT(group,
			.reqid = reqid,
			.members = array_create(0, 0),
			.sets = calloc(count_sets(this->ruleset) + 1, sizeof(bool)),
		);
		ike_sa_table_put(this->groups, reqid, group);
	}
	return group;
}

METHOD(filtermode_children_t, remove_, void,
	private_filtermode_children_t *this, uint32_t id)
{
	member_t *member = ike_sa_table_take(this->children, id);
	group_t *group;

	if (member)
	{
		group = member->group;
		leave(member);
		if (member->child.use)
		{
			array_insert(this->left, ARRAY_TAIL,
						 filtermode_reqid_ref(member->child.use));
		}
		member_destroy(member);
		set_changed(this, group);
	}
}

METHOD(filtermode_children_t, set, void,
	private_filtermode_children_t *this, uint32_t id, uint32_t reqid,
	const filtermode_child_t *child)
{
	member_t *member;

	remove_(this, id);
	INIT(member,
		.group = get_group(this, reqid),
		.child = *child,
	);
	member->child.connection = strdup(child->connection);
	member->child.addresses = NULL;
	filtermode_peer_ref(child->peer);
	filtermode_reqid_ref(child->use);
	array_insert(member->group->members, ARRAY_TAIL, member);
	ike_sa_table_put(this->children, id, member);
	set_changed(this, member->group);
}

/**
 * Print a list of reqids as a command, and empty it.
 *
 * @return			TRUE if there were any
 */
static bool print_elements(const char *command, filtermode_ruleset_t *ruleset,
						   filtermode_set_t *set, array_t *reqids, FILE *out)
{
	uint32_t reqid;
	char *separator = "";

	if (!array_count(reqids))
	{
		return FALSE;
	}
	fprintf(out, "%s element inet %s %s { ", command, ruleset->settings->table,
			set->name);
	while (array_remove(reqids, ARRAY_HEAD, &reqid))
	{
		fprintf(out, "%s%u", separator, reqid);
		separator = ", ";
	}
	fprintf(out, " }\n");
	return TRUE;
}

/**
 * Print what changes in a set.
 */
static bool print_set(private_filtermode_children_t *this, u_int index,
					  filtermode_set_t *set, FILE *out)
{
	enumerator_t *enumerator;
	array_t *add, *del;
	group_t *group;
	bool any;

	add = array_create(sizeof(uint32_t), 0);
	del = array_create(sizeof(uint32_t), 0);
	enumerator = array_create_enumerator(this->changed);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (update(group, index, set))
		{
			array_insert(group->sets[index] ? add : del, ARRAY_TAIL,
						 &group->reqid);
		}
	}
	enumerator->destroy(enumerator);
	any = print_elements("delete", this->ruleset, set, del, out);
	any |= print_elements("add", this->ruleset, set, add, out);
	array_destroy(add);
	array_destroy(del);
	return any;
}

/**
 * Changes were dealt with: forget them, and reqids that aren't in use.
 */
static void clear_changed(private_filtermode_children_t *this)
{
	group_t *group;

	while (array_remove(this->changed, ARRAY_HEAD, &group))
	{
		group->changed = FALSE;
		drop_empty(this, group);
	}
}

METHOD(filtermode_children_t, print_changes, bool,
	private_filtermode_children_t *this, FILE *out)
{
	filtermode_set_t *set;
	bool any = FALSE;
	u_int i;

	for (i = 0; i < count_sets(this->ruleset); i++)
	{
		array_get(this->ruleset->sets, i, &set);
		any |= print_set(this, i, set, out);
	}
	clear_changed(this);
	return any;
}

METHOD(filtermode_children_t, print_all, void,
	private_filtermode_children_t *this, filtermode_ruleset_t *ruleset,
	FILE *out)
{
	enumerator_t *sets, *groups;
	filtermode_set_t *set;
	array_t *members;
	group_t *group;

	members = array_create(sizeof(uint32_t), 0);
	sets = array_create_enumerator(ruleset->sets);
	while (sets->enumerate(sets, &set))
	{
		groups = this->groups->create_enumerator(this->groups);
		while (groups->enumerate(groups, NULL, &group))
		{
			if (may_join(group, set))
			{
				array_insert(members, ARRAY_TAIL, &group->reqid);
			}
		}
		groups->destroy(groups);
		print_elements("add", ruleset, set, members, out);
	}
	sets->destroy(sets);
	array_destroy(members);
}

METHOD(filtermode_children_t, settle, void,
	private_filtermode_children_t *this)
{
	filtermode_reqid_t *use;

	while (array_remove(this->left, ARRAY_HEAD, &use))
	{
		filtermode_reqid_unref(use);
	}
}

METHOD(filtermode_children_t, use, void,
	private_filtermode_children_t *this, filtermode_ruleset_t *ruleset)
{
	enumerator_t *enumerator;
	filtermode_set_t *set;
	group_t *group;
	u_int i;

	clear_changed(this);
	settle(this);
	filtermode_ruleset_unref(this->ruleset);
	this->ruleset = ruleset ? filtermode_ruleset_ref(ruleset) : NULL;

	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, NULL, &group))
	{
		free(group->sets);
		group->sets = calloc(count_sets(ruleset) + 1, sizeof(bool));
		for (i = 0; i < count_sets(ruleset); i++)
		{
			array_get(ruleset->sets, i, &set);
			update(group, i, set);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Count the elements of a set.
 */
static u_int count_elements(private_filtermode_children_t *this, u_int index)
{
	enumerator_t *enumerator;
	group_t *group;
	u_int elements = 0;

	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, NULL, &group))
	{
		elements += group->sets[index];
	}
	enumerator->destroy(enumerator);
	return elements;
}

METHOD(filtermode_children_t, list_sets, void,
	private_filtermode_children_t *this,
	void (*cb)(void *data, const char *name, u_int elements), void *data)
{
	filtermode_set_t *set;
	u_int i;

	for (i = 0; i < count_sets(this->ruleset); i++)
	{
		array_get(this->ruleset->sets, i, &set);
		cb(data, set->name, count_elements(this, i));
	}
}

/**
 * Does nft's word for an element stand for a reqid that the set has?
 */
static bool is_element(private_filtermode_children_t *this, u_int index,
					   const char *word)
{
	group_t *group;
	u_long reqid;
	char *end;

	reqid = strtoul(word, &end, 10);
	if (*end || reqid > UINT32_MAX)
	{	/* it has a timeout, or a comment */
		return FALSE;
	}
	group = ike_sa_table_get(this->groups, reqid);
	return group && group->sets[index];
}

METHOD(filtermode_children_t, are_elements, bool,
	private_filtermode_children_t *this, u_int index, const char *listing)
{
	const char *start = "elements = {";
	enumerator_t *words;
	u_int left = count_elements(this, index);
	bool match = TRUE;
	char *list, *word;

	listing = strstr(listing, start);
	if (!listing)
	{
		return !left;
	}
	listing += strlen(start);
	list = strndup(listing, strcspn(listing, "}"));
	words = enumerator_create_token(list, ",", " \t\n");
	while (match && words->enumerate(words, &word))
	{
		match = left && is_element(this, index, word);
		left--;
	}
	words->destroy(words);
	free(list);
	return match && !left;
}

/**
 * Count those CHILD_SAs of a group that mode interfaces exempts or blocks.
 */
static void count_group(group_t *group, filtermode_settings_t *settings,
						filtermode_counts_t *counts)
{
	enumerator_t *enumerator;
	filtermode_verdict_t verdict;
	u_int allowed = 0, blocked = 0;
	member_t *member;

	enumerator = array_create_enumerator(group->members);
	while (enumerator->enumerate(enumerator, &member))
	{
		verdict = filtermode_verdict(settings, &member->child);
		allowed += verdict == FILTERMODE_PASSES &&
				   filtermode_is_exempt(settings, &member->child);
		blocked += verdict == FILTERMODE_BLOCKED ||
				   verdict == FILTERMODE_BLOCKED_BY_DEVICE;
	}
	enumerator->destroy(enumerator);
	/* the set has the reqid only if all are exempt */
	counts->blocked += blocked ? allowed + blocked : 0;
	counts->allowed += blocked ? 0 : allowed;
}

METHOD(filtermode_children_t, count, void,
	private_filtermode_children_t *this, filtermode_counts_t *counts)
{
	enumerator_t *enumerator;
	group_t *group;

	*counts = (filtermode_counts_t){
		.followed = this->children->get_count(this->children),
	};
	if (!this->ruleset)
	{
		return;
	}
	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, NULL, &group))
	{
		count_group(group, this->ruleset->settings, counts);
	}
	enumerator->destroy(enumerator);
}

METHOD(filtermode_children_t, find_allowed, const char*,
	private_filtermode_children_t *this, uint64_t networks,
	filtermode_settings_t *settings)
{
	enumerator_t *enumerator;
	const char *found = NULL;
	member_t *member;

	if (!filtermode_names_peers(&settings->allow) || !networks)
	{
		return NULL;
	}
	enumerator = this->children->create_enumerator(this->children);
	while (!found && enumerator->enumerate(enumerator, NULL, &member))
	{
		if (member->child.networks == networks &&
			filtermode_is_named(&settings->allow, &member->child, FALSE))
		{
			found = member->child.connection;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(filtermode_children_t, destroy, void,
	private_filtermode_children_t *this)
{
	ike_sa_table_destroy(this->children, (void*)member_destroy);
	ike_sa_table_destroy(this->groups, (void*)group_destroy);
	array_destroy(this->changed);
	settle(this);
	array_destroy(this->left);
	filtermode_ruleset_unref(this->ruleset);
	free(this);
}

/**
 * Sum up hashes of networks.
 */
static uint32_t sum(linked_list_t *networks)
{
	enumerator_t *enumerator;
	traffic_selector_t *ts;
	uint32_t hash = 0;

	enumerator = networks->create_enumerator(networks);
	while (enumerator->enumerate(enumerator, &ts))
	{
		hash += ts->hash(ts, 0);
	}
	enumerator->destroy(enumerator);
	return hash;
}

uint64_t filtermode_networks_key(linked_list_t *local, linked_list_t *remote)
{
	return (uint64_t)sum(local) << 32 | sum(remote);
}

filtermode_children_t *filtermode_children_create()
{
	private_filtermode_children_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.remove = _remove_,
			.use = _use,
			.print_all = _print_all,
			.print_changes = _print_changes,
			.settle = _settle,
			.list_sets = _list_sets,
			.are_elements = _are_elements,
			.count = _count,
			.find_allowed = _find_allowed,
			.destroy = _destroy,
		},
		.children = ike_sa_table_create(),
		.groups = ike_sa_table_create(),
		.changed = array_create(0, 0),
		.left = array_create(0, 0),
	);
	return &this->public;
}
