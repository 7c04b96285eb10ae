/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_chores.h
 * What is to be done for an IKE_SA that is up, by jobs, and whether that has
 * been done.
 */

#ifndef UNIQUE_POLICY_CHORES_H_
#define UNIQUE_POLICY_CHORES_H_

#include <library.h>

/**
 * For how long finish() waits, in ms. What is waited for takes a few; if it
 * doesn't, the IKE_SA has to do without.
 */
#define UNIQUE_POLICY_CHORES_WAIT 2000

typedef struct unique_policy_chores_t unique_policy_chores_t;

/**
 * Who may do a chore.
 */
typedef enum {
	/** its job, or the thread that waits for it, whichever comes first */
	UNIQUE_POLICY_CHORE_ANYBODY,
	/** its job only, as it checks out IKE_SAs whose threads may wait, too */
	UNIQUE_POLICY_CHORE_JOB,
} unique_policy_chore_t;

/**
 * Thread-safe.
 */
struct unique_policy_chores_t {

	/**
	 * Have a job do something. May be called in bus hooks.
	 *
	 * @param unique_id		unique ID of the IKE_SA it is done for
	 * @param who			who may do it
	 * @param cb			does it
	 * @param data			data to pass, owned by the chore
	 * @param cleanup		function to destroy data
	 */
	void (*add)(unique_policy_chores_t *this, uint32_t unique_id,
				unique_policy_chore_t who, void (*cb)(void *data),
				void *data, void (*cleanup)(void *data));

	/**
	 * Return once all is done for an IKE_SA, or after a while: what no job has
	 * begun with is done here, what one has is waited for. Not for bus hooks.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				TRUE if there was anything, and it is done
	 */
	bool (*finish)(unique_policy_chores_t *this, uint32_t unique_id);

	/**
	 * Is there anything to be done, or being done, for an IKE_SA?
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 */
	bool (*pending)(unique_policy_chores_t *this, uint32_t unique_id);

	/**
	 * Destroy a unique_policy_chores_t, once its jobs are gone.
	 */
	void (*destroy)(unique_policy_chores_t *this);
};

/**
 * Create an instance without chores.
 */
unique_policy_chores_t *unique_policy_chores_create();

#endif /** UNIQUE_POLICY_CHORES_H_ */
