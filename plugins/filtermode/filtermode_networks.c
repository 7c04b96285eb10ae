/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "filtermode_networks.h"

#include <collections/hashtable.h>
#include <selectors/traffic_selector.h>

typedef struct private_filtermode_networks_t private_filtermode_networks_t;
typedef struct entry_t entry_t;

struct private_filtermode_networks_t {
	filtermode_networks_t public;
	/** CHILD_SAs by unique ID, as entry_t */
	hashtable_t *entries;
};

/**
 * A CHILD_SA.
 */
struct entry_t {
	uint64_t key;
	char *connection;
};

CALLBACK(entry_destroy, void,
	entry_t *entry, const void *key)
{
	free(entry->connection);
	free(entry);
}

METHOD(filtermode_networks_t, remove_, void,
	private_filtermode_networks_t *this, uint32_t id)
{
	entry_t *entry;

	entry = this->entries->remove(this->entries, (void*)(uintptr_t)id);
	if (entry)
	{
		entry_destroy(entry, NULL);
	}
}

METHOD(filtermode_networks_t, set, void,
	private_filtermode_networks_t *this, uint32_t id, uint64_t key,
	const char *connection)
{
	entry_t *entry;

	remove_(this, id);
	INIT(entry,
		.key = key,
		.connection = strdup(connection),
	);
	this->entries->put(this->entries, (void*)(uintptr_t)id, entry);
}

METHOD(filtermode_networks_t, find_allowed, const char*,
	private_filtermode_networks_t *this, uint64_t key,
	filtermode_settings_t *settings)
{
	enumerator_t *enumerator;
	const char *found = NULL;
	entry_t *entry;

	if (!settings->allow)
	{
		return NULL;
	}
	enumerator = this->entries->create_enumerator(this->entries);
	while (!found && enumerator->enumerate(enumerator, NULL, &entry))
	{
		if (entry->key == key &&
			settings->allow->matches(settings->allow, entry->connection))
		{
			found = entry->connection;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(filtermode_networks_t, destroy, void,
	private_filtermode_networks_t *this)
{
	this->entries->destroy_function(this->entries, entry_destroy);
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

filtermode_networks_t *filtermode_networks_create()
{
	private_filtermode_networks_t *this;

	INIT(this,
		.public = {
			.set = _set,
			.remove = _remove_,
			.find_allowed = _find_allowed,
			.destroy = _destroy,
		},
		.entries = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
									32),
	);
	return &this->public;
}
