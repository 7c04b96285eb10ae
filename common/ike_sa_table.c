/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ike_sa_table.h"

/**
 * A unique ID as a key.
 */
static void *key(uint32_t id)
{
	return (void*)(uintptr_t)id;
}

/**
 * Implementation of hashtable_hash_t: charon counts them, nobody else picks
 * one.
 */
static u_int hash(const void *key)
{
	return (uintptr_t)key;
}

hashtable_t *ike_sa_table_create(void)
{
	return hashtable_create(hash, hashtable_equals_ptr, 32);
}

void *ike_sa_table_get(hashtable_t *table, uint32_t id)
{
	return table->get(table, key(id));
}

void *ike_sa_table_put(hashtable_t *table, uint32_t id, void *value)
{
	return table->put(table, key(id), value);
}

void *ike_sa_table_take(hashtable_t *table, uint32_t id)
{
	return table->remove(table, key(id));
}

void *ike_sa_table_move(hashtable_t *table, uint32_t from, uint32_t to)
{
	void *value = ike_sa_table_take(table, from);

	if (value)
	{
		ike_sa_table_put(table, to, value);
	}
	return value;
}

void ike_sa_table_destroy(hashtable_t *table, void (*destroy)(void *value))
{
	enumerator_t *enumerator;
	void *value;

	enumerator = table->create_enumerator(table);
	while (enumerator->enumerate(enumerator, NULL, &value))
	{
		destroy(value);
	}
	enumerator->destroy(enumerator);
	table->destroy(table);
}
