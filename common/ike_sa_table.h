/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ike_sa_table.h
 * What hangs on IKE_SAs, or on CHILD_SAs: a hashtable_t by their unique IDs,
 * which are never 0. Not thread-safe.
 */

#ifndef IKE_SA_TABLE_H_
#define IKE_SA_TABLE_H_

#include <collections/hashtable.h>

/**
 * Create an empty table.
 */
hashtable_t *ike_sa_table_create(void);

/**
 * Get what hangs on an SA.
 *
 * @return			NULL if nothing does
 */
void *ike_sa_table_get(hashtable_t *table, uint32_t id);

/**
 * Hang something on an SA.
 *
 * @return			what was there before, NULL if nothing was
 */
void *ike_sa_table_put(hashtable_t *table, uint32_t id, void *value);

/**
 * Take what hangs on an SA off the table.
 *
 * @return			NULL if nothing does
 */
void *ike_sa_table_take(hashtable_t *table, uint32_t id);

/**
 * Hang what hangs on an SA on that which replaces it, on which nothing does.
 *
 * @return			it, NULL if nothing does
 */
void *ike_sa_table_move(hashtable_t *table, uint32_t from, uint32_t to);

/**
 * Destroy a table, and all that is in it.
 *
 * @param destroy	called for each value
 */
void ike_sa_table_destroy(hashtable_t *table, void (*destroy)(void *value));

#endif /** IKE_SA_TABLE_H_ */
