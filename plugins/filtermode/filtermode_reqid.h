/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_reqid.h
 * Keep a reqid from being given to another CHILD_SA.
 */

#ifndef FILTERMODE_REQID_H_
#define FILTERMODE_REQID_H_

#include <sa/child_sa.h>

typedef struct filtermode_reqid_t filtermode_reqid_t;

/**
 * A use of a reqid besides that of its CHILD_SA. As soon as nobody uses one,
 * charon gives it to the next CHILD_SA that comes, whoever that is with.
 */
struct filtermode_reqid_t {
	refcount_t ref;
	uint32_t reqid;
	/** what else it was allocated for */
	mark_t mark_in;
	mark_t mark_out;
	uint32_t if_id_in;
	uint32_t if_id_out;
};

/**
 * Use the reqid of a CHILD_SA. Doesn't block.
 *
 * @return			NULL if charon doesn't give it to others anyway, as it is
 *					set in the connection, or if it can't be found
 */
filtermode_reqid_t *filtermode_reqid_create(child_sa_t *child_sa);

/**
 * Get another reference, of NULL too.
 */
filtermode_reqid_t *filtermode_reqid_ref(filtermode_reqid_t *this);

/**
 * Release a reference, of NULL too; with the last the use ends.
 */
void filtermode_reqid_unref(filtermode_reqid_t *this);

#endif /** FILTERMODE_REQID_H_ */
