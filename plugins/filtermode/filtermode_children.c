/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_children.h"
#include "filtermode_group.h"

#include <collections/hashtable.h>

typedef struct private_filtermode_children_t private_filtermode_children_t;

struct private_filtermode_children_t {
	filtermode_children_t public;
	/** all CHILD_SAs, by unique ID, as filtermode_member_t */
	hashtable_t *children;
	/** all reqids, as filtermode_group_t */
	hashtable_t *groups;
	/** those that changed since something was printed, as filtermode_group_t */
	array_t *changed;
	/** whose sets to use, NULL for none */
	filtermode_ruleset_t *ruleset;
};

/**
 * A number as a key.
 */
static const void *key(uint32_t number)
{
	return (void*)(uintptr_t)number;
}

/**
 * Remember that sets may have to change.
 */
static void set_changed(private_filtermode_children_t *this,
						filtermode_group_t *group)
{
	if (!group->changed)
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
static filtermode_group_t *get_group(private_filtermode_children_t *this,
									 uint32_t reqid)
{
	filtermode_group_t *group = this->groups->get(this->groups, key(reqid));

	if (!group)
	{
		group = filtermode_group_create(reqid, count_sets(this->ruleset));
		this->groups->put(this->groups, key(reqid), group);
	}
	return group;
}

METHOD(filtermode_children_t, remove_, void,
	private_filtermode_children_t *this, uint32_t id)
{
	filtermode_member_t *member;

	member = this->children->remove(this->children, key(id));
	if (member)
	{
		set_changed(this, member->group);
		filtermode_member_destroy(member);
	}
}

METHOD(filtermode_children_t, set, void,
	private_filtermode_children_t *this, uint32_t id, uint32_t reqid,
	const filtermode_child_t *child)
{
	filtermode_group_t *group;

	remove_(this, id);
	group = get_group(this, reqid);
	this->children->put(this->children, key(id),
						filtermode_member_create(group, child));
	set_changed(this, group);
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
	filtermode_group_t *group;
	bool any;

	add = array_create(sizeof(uint32_t), 0);
	del = array_create(sizeof(uint32_t), 0);
	enumerator = array_create_enumerator(this->changed);
	while (enumerator->enumerate(enumerator, &group))
	{
		if (filtermode_group_update(group, index, set))
		{
			array_insert(filtermode_group_has(group, index) ? add : del,
						 ARRAY_TAIL, &group->reqid);
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
	filtermode_group_t *group;

	while (array_remove(this->changed, ARRAY_HEAD, &group))
	{
		group->changed = FALSE;
		if (!array_count(group->members))
		{
			this->groups->remove(this->groups, key(group->reqid));
			filtermode_group_destroy(group);
		}
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
	filtermode_group_t *group;

	members = array_create(sizeof(uint32_t), 0);
	sets = array_create_enumerator(ruleset->sets);
	while (sets->enumerate(sets, &set))
	{
		groups = this->groups->create_enumerator(this->groups);
		while (groups->enumerate(groups, NULL, &group))
		{
			if (filtermode_group_may_join(group, set))
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

METHOD(filtermode_children_t, use, void,
	private_filtermode_children_t *this, filtermode_ruleset_t *ruleset)
{
	enumerator_t *enumerator;
	filtermode_set_t *set;
	filtermode_group_t *group;
	u_int i;

	clear_changed(this);
	filtermode_ruleset_unref(this->ruleset);
	this->ruleset = ruleset ? filtermode_ruleset_ref(ruleset) : NULL;

	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, NULL, &group))
	{
		filtermode_group_reset(group, count_sets(ruleset));
		for (i = 0; i < count_sets(ruleset); i++)
		{
			array_get(ruleset->sets, i, &set);
			filtermode_group_update(group, i, set);
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
	filtermode_group_t *group;
	u_int elements = 0;

	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, NULL, &group))
	{
		elements += filtermode_group_has(group, index);
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
	filtermode_group_t *group;
	u_long reqid;
	char *end;

	reqid = strtoul(word, &end, 10);
	if (*end || reqid > UINT32_MAX)
	{	/* it has a timeout, or a comment */
		return FALSE;
	}
	group = this->groups->get(this->groups, key(reqid));
	return group && filtermode_group_has(group, index);
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

METHOD(filtermode_children_t, count, void,
	private_filtermode_children_t *this, filtermode_counts_t *counts)
{
	enumerator_t *enumerator;
	filtermode_group_t *group;

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
		filtermode_group_count(group, this->ruleset->settings, counts);
	}
	enumerator->destroy(enumerator);
}

/**
 * Callbacks of destroy_function().
 */
CALLBACK(destroy_member, void,
	filtermode_member_t *member, const void *key)
{
	filtermode_member_destroy(member);
}

CALLBACK(destroy_group, void,
	filtermode_group_t *group, const void *key)
{
	filtermode_group_destroy(group);
}

METHOD(filtermode_children_t, destroy, void,
	private_filtermode_children_t *this)
{
	this->children->destroy_function(this->children, destroy_member);
	this->groups->destroy_function(this->groups, destroy_group);
	array_destroy(this->changed);
	filtermode_ruleset_unref(this->ruleset);
	free(this);
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
			.list_sets = _list_sets,
			.are_elements = _are_elements,
			.count = _count,
			.destroy = _destroy,
		},
		.children = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
									 32),
		.groups = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
								   32),
		.changed = array_create(0, 0),
	);
	return &this->public;
}
