/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_logins.h
 * Tells failed logins from others, and has those fail who are locked out.
 *
 * What counts is a password or pre-shared key that is wrong, or whose owner
 * isn't known, of a peer that has proven its address by then. As peers could
 * learn whether a password is right from being refused afterwards, it is taken
 * out of the message of whoever is locked out, before charon looks at it.
 */

#ifndef AUTH_POLICY_LOGINS_H_
#define AUTH_POLICY_LOGINS_H_

#include "auth_policy_lockout.h"

#include <bus/listeners/listener.h>

typedef struct auth_policy_logins_t auth_policy_logins_t;

struct auth_policy_logins_t {

	/**
	 * To be on the bus.
	 */
	listener_t listener;

	/**
	 * Destroy an auth_policy_logins_t.
	 */
	void (*destroy)(auth_policy_logins_t *this);
};

/**
 * Create it.
 *
 * @param lockout		what counts failed logins, not adopted
 */
auth_policy_logins_t *auth_policy_logins_create(
											auth_policy_lockout_t *lockout);

#endif /** AUTH_POLICY_LOGINS_H_ */
