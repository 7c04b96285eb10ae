/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_queue.h
 * Records that wait for a thread to write them.
 */

#ifndef ACCOUNTING_QUEUE_H_
#define ACCOUNTING_QUEUE_H_

#include "accounting_record.h"
#include "accounting_sessions.h"

#include <collections/linked_list.h>

typedef struct accounting_queue_t accounting_queue_t;
typedef struct accounting_entry_t accounting_entry_t;

/**
 * Records that wait to be written at most. More are dropped.
 */
#define ACCOUNTING_QUEUE_MAX 65536

/**
 * Seconds that records wait to be written, so that those of a flood of logins
 * are together, and virtual IPs are known.
 */
#define ACCOUNTING_WAIT 1

/**
 * A record that is to be written.
 */
struct accounting_entry_t {
	accounting_type_t type;
	accounting_session_t *session;
	time_t time;
	/** how often the end of its IPsec SAs was waited for */
	u_int tries;
};

/**
 * Thread-safe, for one thread that takes what others put.
 */
struct accounting_queue_t {

	/**
	 * Put a record. For bus hooks, too. Too many are dropped, and counted.
	 *
	 * @param session	a reference, adopted
	 */
	void (*put)(accounting_queue_t *this, accounting_type_t type,
				accounting_session_t *session);

	/**
	 * Wait for something to do.
	 *
	 * @param until		monotonic time to wait until at most, NULL for no end
	 * @param entries	gets accounting_entry_t* that are due, maybe none
	 * @return			FALSE if the thread is to end
	 */
	bool (*take)(accounting_queue_t *this, const timeval_t *until,
				 linked_list_t **entries);

	/**
	 * Take all there are, due or not.
	 */
	linked_list_t *(*take_all)(accounting_queue_t *this);

	/**
	 * Put entries back in front, for later.
	 *
	 * @param entries	adopted
	 */
	void (*put_back)(accounting_queue_t *this, linked_list_t *entries);

	/**
	 * Wait for a second.
	 *
	 * @return			FALSE if the thread is to end
	 */
	bool (*pause)(accounting_queue_t *this);

	/**
	 * Wake the thread.
	 */
	void (*wake)(accounting_queue_t *this);

	/**
	 * Have the thread end, once it has written what there is.
	 */
	void (*stop)(accounting_queue_t *this);

	/**
	 * Get the number of records that were dropped.
	 */
	uint64_t (*get_dropped)(accounting_queue_t *this);

	/**
	 * Destroy an accounting_queue_t.
	 */
	void (*destroy)(accounting_queue_t *this);
};

/**
 * Get what changes of the session of an entry, and tell whether it is to be
 * written now, or, as its IPsec SAs aren't gone yet, later.
 *
 * @param last			whether there is no later
 * @param state			gets it, clear with accounting_state_clear()
 */
bool accounting_entry_is_due(accounting_entry_t *entry,
							 accounting_sessions_t *sessions, bool last,
							 accounting_state_t *state);

/**
 * Destroy an entry.
 */
void accounting_entry_destroy(accounting_entry_t *entry);

/**
 * Create a queue.
 */
accounting_queue_t *accounting_queue_create(void);

#endif /** ACCOUNTING_QUEUE_H_ */
