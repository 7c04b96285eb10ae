/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_queue.h
 * What hooks and the kernel report, to be dealt with in a job.
 */

#ifndef FILTERMODE_QUEUE_H_
#define FILTERMODE_QUEUE_H_

#include "filtermode_children.h"
#include "filtermode_members.h"

typedef struct filtermode_queue_t filtermode_queue_t;

/**
 * Milliseconds between two checks of the table, so that we don't use up a CPU
 * if somebody keeps changing it.
 */
#define FILTERMODE_QUEUE_INTERVAL 200

/**
 * Thread-safe. No method blocks, nor do any but drain() take long.
 */
struct filtermode_queue_t {

	/**
	 * A CHILD_SA is there, or was changed.
	 *
	 * @param id			its unique ID
	 * @param child			copied
	 */
	void (*child_up)(filtermode_queue_t *this, uint32_t id, uint32_t reqid,
					 const filtermode_child_t *child);

	/**
	 * A CHILD_SA is gone.
	 */
	void (*child_down)(filtermode_queue_t *this, uint32_t id);

	/**
	 * An IKE_SA was assigned virtual IPs.
	 *
	 * @param id			its unique ID
	 * @param child			with what is known of it, copied
	 */
	void (*login)(filtermode_queue_t *this, uint32_t id,
				  const filtermode_child_t *child);

	/**
	 * An IKE_SA replaces another, with all that this has.
	 */
	void (*login_moved)(filtermode_queue_t *this, uint32_t from, uint32_t to);

	/**
	 * An IKE_SA has a CHILD_SA, or is gone.
	 */
	void (*login_over)(filtermode_queue_t *this, uint32_t id);

	/**
	 * The table, or one with sets to be filled, may have been changed.
	 *
	 * @param who			who did it, NULL if that isn't known
	 */
	void (*table_changed)(filtermode_queue_t *this, const char *who);

	/**
	 * Get who changed the table last since this was called, and forget it.
	 *
	 * @return				to be freed, NULL if it was nobody but us, or if
	 *						that isn't known
	 */
	char *(*take_who)(filtermode_queue_t *this);

	/**
	 * Apply what was reported, in order. One caller at a time.
	 */
	void (*drain)(filtermode_queue_t *this, filtermode_children_t *children,
				  filtermode_members_t *members);

	/**
	 * Destroy a filtermode_queue_t.
	 */
	void (*destroy)(filtermode_queue_t *this);
};

/**
 * Create an object.
 *
 * @param work			called in a job if there is something to drain, or to
 *						check: whether the table may have been changed
 * @param data			passed to work
 */
filtermode_queue_t *filtermode_queue_create(
				void (*work)(void *data, bool check),
				void *data);

#endif /** FILTERMODE_QUEUE_H_ */
