/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_core.h
 * Connections that charon itself decides about, or whose peers do.
 */

#ifndef UNIQUE_POLICY_CORE_H_
#define UNIQUE_POLICY_CORE_H_

#include <offer.h>

#include <config/peer_cfg.h>
#include <sa/ike_sa.h>

typedef struct unique_policy_core_t unique_policy_core_t;

/**
 * Charon enforces unique = replace and keep of a connection before we are
 * asked, and counts in a way of its own. It gets what it needs for that, and
 * the operator is told. Thread-safe, may be used in bus hooks.
 */
struct unique_policy_core_t {

	/**
	 * Note whether a connection is charon's, and log it once if it is.
	 *
	 * @param cfg		connection
	 */
	void (*note)(unique_policy_core_t *this, peer_cfg_t *cfg);

	/**
	 * Note whether the peer of an authenticated IKE_SA picked the identity that
	 * counts, and log it once for its connection if it did.
	 *
	 * @param ike_sa	IKE_SA
	 */
	void (*note_method)(unique_policy_core_t *this, ike_sa_t *ike_sa);

	/**
	 * Look, in a job and at most once a second, which connections are loaded.
	 */
	void (*look)(unique_policy_core_t *this);

	/**
	 * Were all connections that IKEv2 may use charon's when that was last
	 * looked at? Then a peer's is, before it is known which one.
	 */
	bool (*has_all)(unique_policy_core_t *this);

	/**
	 * Write a list "warnings" if anything is noted about any connection.
	 */
	void (*warn)(unique_policy_core_t *this, control_out_t *out);

	/**
	 * Forget what was noted, so that it is logged anew.
	 */
	void (*reset)(unique_policy_core_t *this);

	/**
	 * Destroy a unique_policy_core_t.
	 */
	void (*destroy)(unique_policy_core_t *this);
};

/**
 * Does charon decide about a connection?
 */
bool unique_policy_core_has(peer_cfg_t *cfg);

/**
 * What to change then.
 */
const char *unique_policy_core_advice(void);

/**
 * Does charon decide about an IKE_SA? FALSE if its connection isn't known yet.
 */
bool unique_policy_is_cores(ike_sa_t *ike_sa);

/**
 * Create a unique_policy_core_t.
 */
unique_policy_core_t *unique_policy_core_create();

#endif /** UNIQUE_POLICY_CORE_H_ */
