/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_children.h"

#include <collections/hashtable.h>

typedef struct private_filtermode_children_t private_filtermode_children_t;
typedef struct child_t child_t;
typedef struct group_t group_t;

/**
 * Private data of a filtermode_children_t object.
 */
struct private_filtermode_children_t {

	/**
	 * Public interface.
	 */
	filtermode_children_t public;

	/**
	 * All CHILD_SAs, by unique ID, as child_t.
	 */
	hashtable_t *children;

	/**
	 * All reqids, as group_t.
	 */
	hashtable_t *groups;

	/**
	 * Those that changed since something was printed, as group_t.
	 */
	array_t *changed;

	/**
	 * Whose sets to use, NULL for none.
	 */
	filtermode_ruleset_t *ruleset;
};

/**
 * A CHILD_SA.
 */
struct child_t {
	uint32_t id;
	group_t *group;
	char *connection;
	bool ipcomp;
};

/**
 * CHILD_SAs that have a reqid in common.
 */
struct group_t {
	uint32_t reqid;
	/** of child_t */
	array_t *children;
	/** a bit for each set that has the reqid */
	uint8_t *sets;
	/** whether it is among the changed ones */
	bool changed;
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
static void set_changed(private_filtermode_children_t *this, group_t *group)
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
 * Size of a bit for each set of a ruleset.
 */
static size_t sets_size(filtermode_ruleset_t *ruleset)
{
	return count_sets(ruleset) / 8 + 1;
}

/**
 * Get the group of a reqid.
 */
static group_t *get_group(private_filtermode_children_t *this, uint32_t reqid)
{
	group_t *group = this->groups->get(this->groups, key(reqid));

	if (!group)
	{
		INIT(group,
			.reqid = reqid,
			.children = array_create(0, 0),
			.sets = calloc(1, sets_size(this->ruleset)),
		);
		this->groups->put(this->groups, key(reqid), group);
	}
	return group;
}

/**
 * Take a CHILD_SA out of its group.
 */
static void leave(private_filtermode_children_t *this, child_t *child)
{
	enumerator_t *enumerator;
	child_t *current;

	enumerator = array_create_enumerator(child->group->children);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (current == child)
		{
			array_remove_at(child->group->children, enumerator);
			break;
		}
	}
	enumerator->destroy(enumerator);
	set_changed(this, child->group);
}

/**
 * Destroy a CHILD_SA.
 */
static void child_destroy(child_t *child)
{
	free(child->connection);
	free(child);
}

METHOD(filtermode_children_t, remove_, void,
	private_filtermode_children_t *this, uint32_t id)
{
	child_t *child = this->children->remove(this->children, key(id));

	if (child)
	{
		leave(this, child);
		child_destroy(child);
	}
}

METHOD(filtermode_children_t, set, void,
	private_filtermode_children_t *this, uint32_t id, uint32_t reqid,
	const char *connection, bool ipcomp)
{
	child_t *child;

	remove_(this, id);
	INIT(child,
		.id = id,
		.group = get_group(this, reqid),
		.connection = strdup(connection),
		.ipcomp = ipcomp,
	);
	this->children->put(this->children, key(id), child);
	array_insert(child->group->children, ARRAY_TAIL, child);
	set_changed(this, child->group);
}

/**
 * Does a set have a reqid? Only if it may have each of the CHILD_SAs, as these
 * can't be told from each other.
 */
static bool is_member(filtermode_set_t *set, group_t *group)
{
	enumerator_t *enumerator;
	child_t *child;
	bool member = array_count(group->children);

	enumerator = array_create_enumerator(group->children);
	while (member && enumerator->enumerate(enumerator, &child))
	{
		if (set->connections)
		{
			member = set->connections->matches(set->connections,
									child->connection) == set->matching;
		}
		else
		{
			member = child->ipcomp;
		}
	}
	enumerator->destroy(enumerator);
	return member;
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
	uint8_t bit = 1 << index % 8;
	bool member, any;

	add = array_create(sizeof(uint32_t), 0);
	del = array_create(sizeof(uint32_t), 0);
	enumerator = array_create_enumerator(this->changed);
	while (enumerator->enumerate(enumerator, &group))
	{
		member = is_member(set, group);
		if (member != !!(group->sets[index / 8] & bit))
		{
			array_insert(member ? add : del, ARRAY_TAIL, &group->reqid);
			group->sets[index / 8] ^= bit;
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
 * Destroy a group.
 */
static void group_destroy(group_t *group)
{
	array_destroy(group->children);
	free(group->sets);
	free(group);
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
		if (!array_count(group->children))
		{
			this->groups->remove(this->groups, key(group->reqid));
			group_destroy(group);
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
	group_t *group;

	members = array_create(sizeof(uint32_t), 0);
	sets = array_create_enumerator(ruleset->sets);
	while (sets->enumerate(sets, &set))
	{
		groups = this->groups->create_enumerator(this->groups);
		while (groups->enumerate(groups, NULL, &group))
		{
			if (is_member(set, group))
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
	group_t *group;
	u_int i;

	clear_changed(this);
	filtermode_ruleset_unref(this->ruleset);
	this->ruleset = ruleset ? filtermode_ruleset_ref(ruleset) : NULL;

	enumerator = this->groups->create_enumerator(this->groups);
	while (enumerator->enumerate(enumerator, NULL, &group))
	{
		free(group->sets);
		group->sets = calloc(1, sets_size(ruleset));
		for (i = 0; i < count_sets(ruleset); i++)
		{
			array_get(ruleset->sets, i, &set);
			if (is_member(set, group))
			{
				group->sets[i / 8] |= 1 << i % 8;
			}
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Callbacks of destroy_function().
 */
CALLBACK(destroy_child, void,
	child_t *child, const void *key)
{
	child_destroy(child);
}

CALLBACK(destroy_group, void,
	group_t *group, const void *key)
{
	group_destroy(group);
}

METHOD(filtermode_children_t, destroy, void,
	private_filtermode_children_t *this)
{
	this->children->destroy_function(this->children, destroy_child);
	this->groups->destroy_function(this->groups, destroy_group);
	array_destroy(this->changed);
	filtermode_ruleset_unref(this->ruleset);
	free(this);
}

/*
 * Described in header
 */
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
