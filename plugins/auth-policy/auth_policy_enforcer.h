/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_enforcer.h
 * Decides about peers by blocks, and by what was found out about their
 * certificates.
 */

#ifndef AUTH_POLICY_ENFORCER_H_
#define AUTH_POLICY_ENFORCER_H_

#include "auth_policy_blocks.h"
#include "auth_policy_evidence.h"
#include "auth_policy_recheck.h"

#include <bus/listeners/listener.h>
#include <options_store.h>

typedef struct auth_policy_enforcer_t auth_policy_enforcer_t;

/**
 * Thread-safe.
 */
struct auth_policy_enforcer_t {

	/** to be added to the bus: decides about IKE_SAs whose peer has completed
	 * a round of authentication, or all of them */
	listener_t listener;

	/**
	 * Decide about a certificate by itself: authorize() comes too late for
	 * it, or after what the peer mustn't get.
	 *
	 * @param ike_sa		IKE_SA
	 * @param auth			the trust chain the certificate is part of
	 * @param check			certificate, and what is known about it
	 * @return				FALSE to refuse it, which is logged
	 */
	bool (*verify)(auth_policy_enforcer_t *this, ike_sa_t *ike_sa,
				   auth_cfg_t *auth, auth_policy_check_t *check);

	/**
	 * Get what was counted so far.
	 */
	void (*get_stats)(auth_policy_enforcer_t *this, auth_policy_stats_t *stats);

	/**
	 * The settings in force changed.
	 */
	void (*reload)(auth_policy_enforcer_t *this);

	/**
	 * Destroy an auth_policy_enforcer_t.
	 */
	void (*destroy)(auth_policy_enforcer_t *this);
};

/**
 * Create an enforcer.
 *
 * @param store			settings, has to outlive the enforcer
 * @param evidence		what was found out, has to outlive the enforcer
 * @param blocks		who isn't let in, likewise
 * @param report		where to tell it, likewise
 * @param recheck		judges sessions again, likewise
 */
auth_policy_enforcer_t *auth_policy_enforcer_create(options_store_t *store,
											auth_policy_evidence_t *evidence,
											auth_policy_blocks_t *blocks,
											auth_policy_report_t *report,
											auth_policy_recheck_t *recheck);

#endif /** AUTH_POLICY_ENFORCER_H_ */
