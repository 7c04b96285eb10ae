/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_report.h
 * What the operator gets to see.
 */

#ifndef AUTH_POLICY_REPORT_H_
#define AUTH_POLICY_REPORT_H_

#include "auth_policy_events.h"

typedef struct auth_policy_report_t auth_policy_report_t;
typedef struct auth_policy_stats_t auth_policy_stats_t;

/**
 * Counters.
 */
struct auth_policy_stats_t {
	/** certificates judged or revoked, by auth_policy_result_t */
	u_int results[AUTH_POLICY_RESULTS];
	/** certificates judged, by auth_policy_verdict_t */
	u_int verdicts[AUTH_POLICY_REFUSE + 1];
};

/**
 * Writes log lines, at most one of a kind and reason per certificate in 10
 * seconds, and counts. Thread-safe, and safe in bus hooks.
 */
struct auth_policy_report_t {

	/**
	 * A certificate was judged.
	 *
	 * @param check			certificate, and what is known about it
	 * @param terms			terms that apply
	 * @param rule			rule these are of, NULL for the settings
	 * @param verdict		what was decided
	 * @param peer			whose certificate it is
	 */
	void (*judged)(auth_policy_report_t *this,
				   const auth_policy_check_t *check,
				   const auth_policy_terms_t *terms,
				   const auth_policy_rule_t *rule,
				   auth_policy_verdict_t verdict,
				   const auth_policy_who_t *peer);

	/**
	 * Charon refused a certificate, as it is revoked.
	 *
	 * @param check			certificate, and what is known about it
	 * @param peer			whose certificate it is
	 */
	void (*revoked)(auth_policy_report_t *this,
					const auth_policy_check_t *check,
					const auth_policy_who_t *peer);

	/**
	 * Get what was counted so far.
	 */
	void (*get_stats)(auth_policy_report_t *this, auth_policy_stats_t *stats);

	/**
	 * Log what was counted so far.
	 */
	void (*log_counters)(auth_policy_report_t *this);

	/**
	 * Destroy an auth_policy_report_t.
	 */
	void (*destroy)(auth_policy_report_t *this);
};

/**
 * Create a report, with all counters at zero.
 */
auth_policy_report_t *auth_policy_report_create(void);

#endif /** AUTH_POLICY_REPORT_H_ */
