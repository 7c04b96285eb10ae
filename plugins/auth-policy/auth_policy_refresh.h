/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_refresh.h
 * Fetches the CRLs of those who are connected and asks OCSP about them, now and
 * then.
 *
 * What is fetched is kept for logins, too, and has sessions judged again as any
 * CRL that is loaded.
 */

#ifndef AUTH_POLICY_REFRESH_H_
#define AUTH_POLICY_REFRESH_H_

#include "auth_policy_online.h"
#include "auth_policy_recheck.h"

typedef struct auth_policy_refresh_t auth_policy_refresh_t;

/**
 * Thread-safe.
 */
struct auth_policy_refresh_t {

	/**
	 * Set how often it is done.
	 *
	 * @param interval		seconds, 0 for never
	 */
	void (*set_interval)(auth_policy_refresh_t *this, uint32_t interval);

	/**
	 * Begin now, once, whatever was set and whatever OCSP said before.
	 */
	void (*begin)(auth_policy_refresh_t *this);

	/**
	 * Get which URIs failed, and why.
	 *
	 * @return				array of char*, to be freed with these
	 */
	array_t *(*get_failed)(auth_policy_refresh_t *this);

	/**
	 * Destroy an auth_policy_refresh_t.
	 */
	void (*destroy)(auth_policy_refresh_t *this);
};

/**
 * Create it. It does nothing yet.
 */
auth_policy_refresh_t *auth_policy_refresh_create(
											auth_policy_sessions_t *sessions,
											auth_policy_recheck_t *recheck,
											auth_policy_online_t *online);

#endif /** AUTH_POLICY_REFRESH_H_ */
