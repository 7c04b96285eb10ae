/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_members.h"

#include <ike_sa_table.h>

typedef struct private_filtermode_members_t private_filtermode_members_t;
typedef struct entry_t entry_t;

struct private_filtermode_members_t {
	filtermode_members_t public;
	/** by filtermode_holder_t: filtermode_child_t by unique ID, with
	 * connection, peer and addresses only */
	hashtable_t *holders[FILTERMODE_LOGIN + 1];
	/** by filtermode_what_t: entry_t by element */
	hashtable_t *entries[FILTERMODE_WHATS];
	/** those that changed, as entry_t */
	array_t *changed[FILTERMODE_WHATS];
};

/**
 * An element, and who has it.
 */
struct entry_t {
	char *element;
	/** of filtermode_child_t* */
	array_t *holders;
	bool changed;
};

/**
 * Get what somebody has of a kind.
 */
static array_t *get_elements(filtermode_child_t *holder, int what)
{
	return holder->addresses ? holder->addresses->elements[what] : NULL;
}

/**
 * Free an entry.
 */
static void entry_destroy(entry_t *entry)
{
	array_destroy(entry->holders);
	free(entry->element);
	free(entry);
}

/**
 * Get the entry of an element, after a change.
 */
static entry_t *touch(private_filtermode_members_t *this, int what,
					  const char *element)
{
	entry_t *entry = this->entries[what]->get(this->entries[what], element);

	if (!entry)
	{
		INIT(entry,
			.element = strdup(element),
			.holders = array_create(0, 0),
		);
		this->entries[what]->put(this->entries[what], entry->element, entry);
	}
	if (!entry->changed)
	{
		entry->changed = TRUE;
		array_insert(this->changed[what], ARRAY_TAIL, entry);
	}
	return entry;
}

/**
 * Take somebody off an entry.
 */
static void take_off(entry_t *entry, filtermode_child_t *holder)
{
	enumerator_t *enumerator;
	filtermode_child_t *current;

	enumerator = array_create_enumerator(entry->holders);
	while (enumerator->enumerate(enumerator, &current))
	{
		if (current == holder)
		{
			array_remove_at(entry->holders, enumerator);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Have somebody on all entries that he has, or on none.
 */
static void spread(private_filtermode_members_t *this,
				   filtermode_child_t *holder, bool has)
{
	enumerator_t *enumerator;
	entry_t *entry;
	char *element;
	int what;

	for (what = 0; what < FILTERMODE_WHATS; what++)
	{
		enumerator = array_create_enumerator(get_elements(holder, what));
		while (enumerator->enumerate(enumerator, &element))
		{
			entry = touch(this, what, element);
			take_off(entry, holder);
			if (has)
			{
				array_insert(entry->holders, ARRAY_TAIL, holder);
			}
		}
		enumerator->destroy(enumerator);
	}
}

/**
 * Free somebody who is on no entry.
 */
static void holder_destroy(filtermode_child_t *holder)
{
	free((char*)holder->connection);
	filtermode_peer_unref(holder->peer);
	filtermode_addresses_unref(holder->addresses);
	free(holder);
}

METHOD(filtermode_members_t, remove_, void,
	private_filtermode_members_t *this, filtermode_holder_t kind, uint32_t id)
{
	filtermode_child_t *holder = ike_sa_table_take(this->holders[kind], id);

	if (holder)
	{
		spread(this, holder, FALSE);
		holder_destroy(holder);
	}
}

METHOD(filtermode_members_t, set, void,
	private_filtermode_members_t *this, filtermode_holder_t kind, uint32_t id,
	const filtermode_child_t *child)
{
	filtermode_child_t *holder;

	remove_(this, kind, id);
	INIT(holder,
		.connection = strdup(child->connection),
		.peer = filtermode_peer_ref(child->peer),
		.addresses = filtermode_addresses_ref(child->addresses),
	);
	spread(this, holder, TRUE);
	ike_sa_table_put(this->holders[kind], id, holder);
}

/**
 * Is a set about all who have an element?
 */
static bool is_wanted(filtermode_target_t *target, entry_t *entry)
{
	enumerator_t *enumerator;
	bool wanted = array_count(entry->holders);
	filtermode_child_t *holder;

	enumerator = array_create_enumerator(entry->holders);
	while (wanted && enumerator->enumerate(enumerator, &holder))
	{	/* whoever may not be meant is kept out */
		wanted = filtermode_is_named(&target->peers, holder, FALSE);
	}
	enumerator->destroy(enumerator);
	return wanted;
}

METHOD(filtermode_members_t, has, bool,
	private_filtermode_members_t *this, filtermode_target_t *target,
	const char *element)
{
	hashtable_t *entries = this->entries[target->what];

	return entries->get(entries, element) != NULL;
}

METHOD(filtermode_members_t, all, void,
	private_filtermode_members_t *this, filtermode_target_t *target,
	filtermode_member_cb_t cb, void *data)
{
	hashtable_t *entries = this->entries[target->what];
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = entries->create_enumerator(entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		cb(data, entry->element, is_wanted(target, entry));
	}
	enumerator->destroy(enumerator);
}

METHOD(filtermode_members_t, changed, void,
	private_filtermode_members_t *this, filtermode_target_t *target,
	filtermode_member_cb_t cb, void *data)
{
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = array_create_enumerator(this->changed[target->what]);
	while (enumerator->enumerate(enumerator, &entry))
	{
		cb(data, entry->element, is_wanted(target, entry));
	}
	enumerator->destroy(enumerator);
}

METHOD(filtermode_members_t, settle, void,
	private_filtermode_members_t *this)
{
	entry_t *entry;
	int what;

	for (what = 0; what < FILTERMODE_WHATS; what++)
	{
		while (array_remove(this->changed[what], ARRAY_HEAD, &entry))
		{
			entry->changed = FALSE;
			if (!array_count(entry->holders))
			{
				this->entries[what]->remove(this->entries[what],
											entry->element);
				entry_destroy(entry);
			}
		}
	}
}

METHOD(filtermode_members_t, destroy, void,
	private_filtermode_members_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;
	int i;

	for (i = 0; i < countof(this->holders); i++)
	{
		ike_sa_table_destroy(this->holders[i], (void*)holder_destroy);
	}
	for (i = 0; i < FILTERMODE_WHATS; i++)
	{
		enumerator = this->entries[i]->create_enumerator(this->entries[i]);
		while (enumerator->enumerate(enumerator, NULL, &entry))
		{
			entry_destroy(entry);
		}
		enumerator->destroy(enumerator);
		this->entries[i]->destroy(this->entries[i]);
		array_destroy(this->changed[i]);
	}
	free(this);
}

filtermode_members_t *filtermode_members_create()
{
	private_filtermode_members_t *this;
	int i;

	INIT(this,
		.public = {
			.set = _set,
			.remove = _remove_,
			.has = _has,
			.all = _all,
			.changed = _changed,
			.settle = _settle,
			.destroy = _destroy,
		},
	);
	for (i = 0; i < countof(this->holders); i++)
	{
		this->holders[i] = ike_sa_table_create();
	}
	for (i = 0; i < FILTERMODE_WHATS; i++)
	{
		this->entries[i] = hashtable_create(hashtable_hash_str,
											hashtable_equals_str, 32);
		this->changed[i] = array_create(0, 0);
	}
	return &this->public;
}
