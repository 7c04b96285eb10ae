/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_online.h
 * Judges who is connected by what OCSP says, and by what isn't known anymore.
 */

#ifndef AUTH_POLICY_ONLINE_H_
#define AUTH_POLICY_ONLINE_H_

#include "auth_policy_report.h"
#include "auth_policy_sessions.h"

#include <options_store.h>

typedef struct auth_policy_online_t auth_policy_online_t;

struct auth_policy_online_t {

	/**
	 * Judge a session, and have it closed if a certificate of it is refused.
	 * Not for bus hooks.
	 *
	 * @param ask			whether OCSP is asked, which may take a while
	 * @param lists			CRLs that were looked at for others
	 * @return				FALSE if it was, and said nothing
	 */
	bool (*judge)(auth_policy_online_t *this, uint32_t unique_id,
				  const auth_policy_session_t *session, bool ask,
				  auth_policy_lists_t *lists);

	/**
	 * Destroy an auth_policy_online_t.
	 */
	void (*destroy)(auth_policy_online_t *this);
};

/**
 * Create it.
 *
 * @param store			of auth_policy_settings_t
 */
auth_policy_online_t *auth_policy_online_create(options_store_t *store,
											auth_policy_sessions_t *sessions,
											auth_policy_report_t *report);

#endif /** AUTH_POLICY_ONLINE_H_ */
