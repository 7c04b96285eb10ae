/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_events.h"

#include <offer.h>

#include <collections/hashtable.h>

/**
 * Most names in a list of an event.
 */
#define NAMES_MAX 100

/**
 * Write the names of entries that are in one plan but not in the other.
 */
static void write_difference(control_out_t *out, const char *list,
							 bypass_plan_t *plan, bypass_plan_t *other)
{
	enumerator_t *enumerator;
	bypass_entry_t *entry;
	hashtable_t *names;
	u_int count = 0;

	names = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
	enumerator = array_create_enumerator(other ? other->entries : NULL);
	while (enumerator->enumerate(enumerator, &entry))
	{
		names->put(names, entry->name, entry);
	}
	enumerator->destroy(enumerator);

	out->begin_list(out, list);
	enumerator = array_create_enumerator(plan ? plan->entries : NULL);
	while (count < NAMES_MAX && enumerator->enumerate(enumerator, &entry))
	{
		if (!names->get(names, entry->name))
		{
			out->item(out, "%s", entry->name);
			count++;
		}
	}
	enumerator->destroy(enumerator);
	out->end_list(out);
	names->destroy(names);
}

void bypass_tell_changed(bypass_plan_t *old, bypass_plan_t *new,
						 bypass_changes_t *changes)
{
	control_out_t *out;

	if (!changes->added && !changes->removed && !changes->failed)
	{
		return;
	}
	out = control_event_begin("bypass");
	if (out)
	{
		write_difference(out, "added", new, old);
		write_difference(out, "removed", old, new);
		out->number(out, "policies-added", changes->added);
		out->number(out, "policies-removed", changes->removed);
		out->number(out, "policies-failed", changes->failed);
		control_event_end(out);
	}
}
