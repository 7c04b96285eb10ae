/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_enforcer.h
 * Asks the table of sessions, and does what it says.
 */

#ifndef UNIQUE_POLICY_ENFORCER_H_
#define UNIQUE_POLICY_ENFORCER_H_

#include "unique_policy_actions.h"
#include "unique_policy_sessions.h"

#include <options_store.h>
#include <sa/ike_sa.h>

typedef struct unique_policy_enforcer_t unique_policy_enforcer_t;

/**
 * Thread-safe. May be called in bus hooks: only the IKE_SA that is passed is
 * looked at, whatever has to be done to others is done by jobs.
 */
struct unique_policy_enforcer_t {

	/**
	 * Decide about an IKE_SA that is about to be established.
	 *
	 * COND_INIT_CONTACT_SEEN says whether there was an INITIAL_CONTACT.
	 *
	 * @param ike_sa		authenticated IKE_SA
	 * @return				FALSE to refuse it, which is logged
	 */
	bool (*admit)(unique_policy_enforcer_t *this, ike_sa_t *ike_sa);

	/**
	 * An admitted IKE_SA will be up or, with IKEv1, is up, and is about to be
	 * given addresses and CHILD_SAs: whoever has to make room for it and may be
	 * in the way goes before this returns. Not for bus hooks: checks out
	 * IKE_SAs.
	 *
	 * Nobody is waited for who may wait for this one: who has to go can't have
	 * others go anymore, and the longest idle one isn't looked for among those
	 * that aren't up yet or have others go. Those that were authorized before
	 * and aren't up yet, which takes a few ms, wait for none that came later.
	 *
	 * @param ike_sa		IKE_SA, checked out by this thread
	 * @return				TRUE if any had to go
	 */
	bool (*make_room)(unique_policy_enforcer_t *this, ike_sa_t *ike_sa);

	/**
	 * An admitted IKE_SA is up: whoever has to make room for it goes.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 */
	void (*up)(unique_policy_enforcer_t *this, uint32_t unique_id);

	/**
	 * An IKE_SA is being deleted.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param reason		why, to be told
	 */
	void (*leave)(unique_policy_enforcer_t *this, uint32_t unique_id,
				  const char *reason);

	/**
	 * An IKE_SA is gone, or about to.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param reason		why, to be told unless it was before
	 */
	void (*down)(unique_policy_enforcer_t *this, uint32_t unique_id,
				 const char *reason);

	/**
	 * An IKE_SA was replaced by rekeying.
	 *
	 * @param old			rekeyed IKE_SA
	 * @param new			its replacement
	 */
	void (*rekey)(unique_policy_enforcer_t *this, ike_sa_t *old, ike_sa_t *new);

	/**
	 * Note where the peer of an IKE_SA is.
	 *
	 * @param ike_sa		IKE_SA
	 * @param host			address and port of the peer
	 */
	void (*move)(unique_policy_enforcer_t *this, ike_sa_t *ike_sa,
				 host_t *host);

	/**
	 * An INITIAL_CONTACT was received.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @return				FALSE if the IKE_SA wasn't admitted yet
	 */
	bool (*initial_contact)(unique_policy_enforcer_t *this, uint32_t unique_id);

	/**
	 * The settings in force changed.
	 */
	void (*reload)(unique_policy_enforcer_t *this);

	/**
	 * Look at all sessions, as they are now: asks the kernel about each. Not
	 * for bus hooks.
	 *
	 * @param cb			called for each, with usage of 0 for one that isn't
	 *						up
	 * @param data			passed to cb
	 */
	void (*list)(unique_policy_enforcer_t *this,
				 void (*cb)(void *data, unique_policy_session_t *session,
							const unique_policy_usage_t *usage), void *data);

	/**
	 * Close sessions. Not for bus hooks.
	 *
	 * @param name			identity, or an address of peers, or if it is
	 *						neither the unique ID of an IKE_SA; NULL for none
	 * @param unique_id		unique ID of an IKE_SA, 0 for none
	 * @param cb			called for each that is closed
	 * @param data			passed to cb
	 */
	void (*terminate)(unique_policy_enforcer_t *this, char *name,
					  uint32_t unique_id,
					  void (*cb)(void *data, uint32_t unique_id), void *data);

	/**
	 * Get statistics.
	 */
	void (*get_stats)(unique_policy_enforcer_t *this,
					  unique_policy_stats_t *stats);

	/**
	 * Destroy a unique_policy_enforcer_t.
	 */
	void (*destroy)(unique_policy_enforcer_t *this);
};

/**
 * Create an enforcer.
 *
 * @param store			settings, has to outlive the enforcer
 */
unique_policy_enforcer_t *unique_policy_enforcer_create(options_store_t *store);

#endif /** UNIQUE_POLICY_ENFORCER_H_ */
