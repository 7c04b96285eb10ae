/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_group.h"

filtermode_group_t *filtermode_group_create(uint32_t reqid, u_int sets)
{
	filtermode_group_t *this;

	INIT(this,
		.reqid = reqid,
		.members = array_create(0, 0),
	);
	filtermode_group_reset(this, sets);
	return this;
}

void filtermode_group_reset(filtermode_group_t *this, u_int sets)
{
	free(this->sets);
	this->sets = calloc(1, sets / 8 + 1);
}

/**
 * May a set have a CHILD_SA?
 */
static bool may_have(filtermode_set_t *set, const filtermode_child_t *child)
{
	if (set->connections)
	{
		return set->connections->matches(set->connections,
										 child->connection) == set->matching;
	}
	return child->ipcomp;
}

bool filtermode_group_may_join(filtermode_group_t *this, filtermode_set_t *set)
{
	enumerator_t *enumerator;
	filtermode_member_t *member;
	bool join = array_count(this->members);

	enumerator = array_create_enumerator(this->members);
	while (join && enumerator->enumerate(enumerator, &member))
	{
		join = may_have(set, &member->child);
	}
	enumerator->destroy(enumerator);
	return join;
}

bool filtermode_group_update(filtermode_group_t *this, u_int index,
							 filtermode_set_t *set)
{
	if (filtermode_group_may_join(this, set) ==
		filtermode_group_has(this, index))
	{
		return FALSE;
	}
	this->sets[index / 8] ^= 1 << index % 8;
	return TRUE;
}

bool filtermode_group_has(filtermode_group_t *this, u_int index)
{
	return this->sets[index / 8] & 1 << index % 8;
}

void filtermode_group_count(filtermode_group_t *this,
							filtermode_settings_t *settings,
							filtermode_counts_t *counts)
{
	enumerator_t *enumerator;
	filtermode_member_t *member;
	filtermode_verdict_t verdict;
	u_int allowed = 0, blocked = 0;

	enumerator = array_create_enumerator(this->members);
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
	if (blocked)
	{
		counts->blocked += allowed + blocked;
	}
	else
	{
		counts->allowed += allowed;
	}
}

void filtermode_group_destroy(filtermode_group_t *this)
{
	array_destroy(this->members);
	free(this->sets);
	free(this);
}

filtermode_member_t *filtermode_member_create(filtermode_group_t *group,
											  const filtermode_child_t *child)
{
	filtermode_member_t *this;

	INIT(this,
		.group = group,
		.child = *child,
	);
	this->child.connection = strdup(child->connection);
	array_insert(group->members, ARRAY_TAIL, this);
	return this;
}

void filtermode_member_destroy(filtermode_member_t *this)
{
	enumerator_t *enumerator;
	filtermode_member_t *current;

	enumerator = array_create_enumerator(this->group->members);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (current == this)
		{
			array_remove_at(this->group->members, enumerator);
			break;
		}
	}
	enumerator->destroy(enumerator);
	free((char*)this->child.connection);
	free(this);
}
