/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_recheck.h
 * Closes the sessions of those whose certificates are revoked meanwhile.
 *
 * Charon looks at CRLs when somebody logs in. What is known to be revoked
 * later on is found here.
 */

#ifndef AUTH_POLICY_RECHECK_H_
#define AUTH_POLICY_RECHECK_H_

#include "auth_policy_report.h"
#include "auth_policy_sessions.h"

typedef struct auth_policy_recheck_t auth_policy_recheck_t;
typedef struct auth_policy_recheck_stats_t auth_policy_recheck_stats_t;

/**
 * What came of it.
 */
struct auth_policy_recheck_stats_t {
	/** sessions that have shown certificates, and those that are closed */
	u_int judged;
	u_int revoked;
};

/**
 * Thread-safe.
 */
struct auth_policy_recheck_t {

	/**
	 * Judge all sessions now. Not for bus hooks.
	 *
	 * @param name			only those of an identity, as in the log, or NULL
	 * @param stats			gets what came of it
	 */
	void (*judge_all)(auth_policy_recheck_t *this, const char *name,
					  auth_policy_recheck_stats_t *stats);

	/**
	 * A CRL was loaded: have jobs judge all sessions by it and those at hand.
	 *
	 * @param crl			CRL, gets a reference
	 * @param fetched		was it fetched? It may well be known then
	 */
	void (*crl_loaded)(auth_policy_recheck_t *this, certificate_t *crl,
					   bool fetched);

	/**
	 * A session was added, of a peer that may have shown its certificate before
	 * the last CRL was loaded: have a job judge it then. For bus hooks.
	 */
	void (*added)(auth_policy_recheck_t *this, uint32_t unique_id);

	/**
	 * Destroy an auth_policy_recheck_t.
	 */
	void (*destroy)(auth_policy_recheck_t *this);
};

/**
 * Create it.
 */
auth_policy_recheck_t *auth_policy_recheck_create(
											auth_policy_sessions_t *sessions,
											auth_policy_report_t *report);

#endif /** AUTH_POLICY_RECHECK_H_ */
