/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_members.h"

#include <ike_sa_table.h>

typedef struct private_filtermode_members_t private_filtermode_members_t;
typedef struct holder_t holder_t;
typedef struct entry_t entry_t;

struct private_filtermode_members_t {
	filtermode_members_t public;
	/** with the sets there are, NULL for none */
	filtermode_settings_t *settings;
	/** by filtermode_holder_t: holder_t by unique ID */
	hashtable_t *holders[FILTERMODE_LOGIN + 1];
	/** by filtermode_what_t: entry_t by element */
	hashtable_t *entries[FILTERMODE_WHATS];
	/** those that changed, as entry_t */
	array_t *changed[FILTERMODE_WHATS];
};

/**
 * Who has addresses.
 */
struct holder_t {
	/** with connection, peer and addresses only */
	filtermode_child_t child;
	/** of FILTERMODE_SETS_MAX at most, those that are about him, a bit each */
	uint64_t meant;
};

/**
 * An element, and how many have it, as thousands may have the same network.
 */
struct entry_t {
	char *element;
	u_int holders;
	/** for each set, how many of them it isn't about */
	u_int *others;
	bool changed;
};

/**
 * Get the number of sets.
 */
static u_int count_sets(private_filtermode_members_t *this)
{
	return this->settings ? this->settings->sets.count : 0;
}

/**
 * Get which sets are about somebody.
 */
static uint64_t find_meant(private_filtermode_members_t *this,
						   filtermode_child_t *child)
{
	filtermode_target_t *target;
	uint64_t meant = 0;
	u_int i;

	for (i = 0; i < count_sets(this); i++)
	{
		target = this->settings->sets.items[i];
		/* whoever may not be meant is kept out */
		if (filtermode_is_named(&target->peers, child, FALSE))
		{
			meant |= 1ULL << i;
		}
	}
	return meant;
}

/**
 * Free an entry.
 */
static void entry_destroy(entry_t *entry)
{
	free(entry->others);
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
			.others = calloc(count_sets(this), sizeof(u_int)),
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
 * Count somebody at all that he has, or no more.
 *
 * @param change	1 or -1
 */
static void spread(private_filtermode_members_t *this, holder_t *holder,
				   int change)
{
	filtermode_addresses_t *addresses = holder->child.addresses;
	enumerator_t *enumerator;
	entry_t *entry;
	char *element;
	u_int what, i;

	for (what = 0; addresses && what < FILTERMODE_WHATS; what++)
	{
		enumerator = array_create_enumerator(addresses->elements[what]);
		while (enumerator->enumerate(enumerator, &element))
		{
			entry = touch(this, what, element);
			entry->holders += change;
			for (i = 0; i < count_sets(this); i++)
			{
				entry->others[i] += holder->meant & (1ULL << i) ? 0 : change;
			}
		}
		enumerator->destroy(enumerator);
	}
}

/**
 * Free somebody who isn't counted any more.
 */
static void holder_destroy(holder_t *holder)
{
	free((char*)holder->child.connection);
	filtermode_peer_unref(holder->child.peer);
	filtermode_addresses_unref(holder->child.addresses);
	free(holder);
}

METHOD(filtermode_members_t, remove_, void,
	private_filtermode_members_t *this, filtermode_holder_t kind, uint32_t id)
{
	holder_t *holder = ike_sa_table_take(this->holders[kind], id);

	if (holder)
	{
		spread(this, holder, -1);
		holder_destroy(holder);
	}
}

METHOD(filtermode_members_t, set, void,
	private_filtermode_members_t *this, filtermode_holder_t kind, uint32_t id,
	const filtermode_child_t *child)
{
	holder_t *holder;

	remove_(this, kind, id);
	INIT(holder,
		.child = {
			.connection = strdup(child->connection),
			.peer = filtermode_peer_ref(child->peer),
			.addresses = filtermode_addresses_ref(child->addresses),
		},
	);
	holder->meant = find_meant(this, &holder->child);
	spread(this, holder, 1);
	ike_sa_table_put(this->holders[kind], id, holder);
}

METHOD(filtermode_members_t, move, void,
	private_filtermode_members_t *this, filtermode_holder_t kind, uint32_t from,
	uint32_t to)
{
	ike_sa_table_move(this->holders[kind], from, to);
}

/**
 * Count everybody, or nobody.
 *
 * @param change	1 or -1
 */
static void spread_all(private_filtermode_members_t *this, int change)
{
	enumerator_t *enumerator;
	holder_t *holder;
	int i;

	for (i = 0; i < countof(this->holders); i++)
	{
		enumerator = this->holders[i]->create_enumerator(this->holders[i]);
		while (enumerator->enumerate(enumerator, NULL, &holder))
		{
			if (change > 0)
			{
				holder->meant = find_meant(this, &holder->child);
			}
			spread(this, holder, change);
		}
		enumerator->destroy(enumerator);
	}
}

METHOD(filtermode_members_t, use, void,
	private_filtermode_members_t *this, filtermode_settings_t *settings)
{
	enumerator_t *enumerator;
	entry_t *entry;
	int i;

	spread_all(this, -1);
	options_unref(this->settings);
	this->settings = settings ? options_ref(settings) : NULL;
	for (i = 0; i < FILTERMODE_WHATS; i++)
	{
		enumerator = this->entries[i]->create_enumerator(this->entries[i]);
		while (enumerator->enumerate(enumerator, NULL, &entry))
		{
			free(entry->others);
			entry->others = calloc(count_sets(this), sizeof(u_int));
		}
		enumerator->destroy(enumerator);
	}
	spread_all(this, 1);
}

/**
 * Get the number of a set.
 */
static u_int get_number(private_filtermode_members_t *this,
						filtermode_target_t *target)
{
	u_int i = 0;

	while (this->settings->sets.items[i] != target)
	{
		i++;
	}
	return i;
}

/**
 * Is a set, by its number, about all who have an element?
 */
static bool is_wanted(entry_t *entry, u_int set)
{
	return entry->holders && !entry->others[set];
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
	u_int set = get_number(this, target);
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = entries->create_enumerator(entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		cb(data, entry->element, is_wanted(entry, set));
	}
	enumerator->destroy(enumerator);
}

METHOD(filtermode_members_t, changed, void,
	private_filtermode_members_t *this, filtermode_target_t *target,
	filtermode_member_cb_t cb, void *data)
{
	u_int set = get_number(this, target);
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = array_create_enumerator(this->changed[target->what]);
	while (enumerator->enumerate(enumerator, &entry))
	{
		cb(data, entry->element, is_wanted(entry, set));
	}
	enumerator->destroy(enumerator);
}

METHOD(filtermode_members_t, find, void,
	private_filtermode_members_t *this, host_t *address,
	filtermode_owner_cb_t cb, void *data)
{
	enumerator_t *enumerator;
	const char *element;
	holder_t *holder;
	int i;

	for (i = 0; i < countof(this->holders); i++)
	{
		enumerator = this->holders[i]->create_enumerator(this->holders[i]);
		while (enumerator->enumerate(enumerator, NULL, &holder))
		{
			element = filtermode_addresses_find(holder->child.addresses,
												address);
			if (element)
			{
				cb(data, &holder->child, element);
			}
		}
		enumerator->destroy(enumerator);
	}
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
			if (!entry->holders)
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
	options_unref(this->settings);
	free(this);
}

filtermode_members_t *filtermode_members_create()
{
	private_filtermode_members_t *this;
	int i;

	INIT(this,
		.public = {
			.use = _use,
			.set = _set,
			.remove = _remove_,
			.move = _move,
			.has = _has,
			.all = _all,
			.changed = _changed,
			.find = _find,
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
