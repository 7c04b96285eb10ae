/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_events.h
 * What clients of control are told: doc/control.md. For bus hooks, too.
 */

#ifndef UNIQUE_POLICY_EVENTS_H_
#define UNIQUE_POLICY_EVENTS_H_

#include "unique_policy_sessions.h"

#include <offer.h>

/**
 * Names of reasons, by unique_policy_reason_t, ends with NULL.
 */
extern const char *const unique_policy_reasons[];

/**
 * Write whose session it is, and where it is from.
 */
void unique_policy_write_session(control_out_t *out,
								 unique_policy_session_t *session);

/**
 * Tell clients of control that a login was accepted and is up.
 */
void unique_policy_tell_accepted(unique_policy_session_t *session);

/**
 * Tell clients of control that a login was rejected.
 *
 * @param login			the login
 * @param limit			limit it would have exceeded
 * @param holders		unique_policy_session_t that hold the places, some of
 *						them
 */
void unique_policy_tell_rejected(const unique_policy_login_t *login,
								 uint32_t limit, array_t *holders);

/**
 * Tell clients of control that a session that counted has ended.
 *
 * @param reason		why
 */
void unique_policy_tell_left(unique_policy_session_t *session,
							 const char *reason);

/**
 * Tell clients of control that an IKE_SA has to go.
 *
 * @param session		its session
 * @param reason		why
 * @param by			unique ID of the IKE_SA that takes its place
 */
void unique_policy_tell_replaced(unique_policy_session_t *session,
								 unique_policy_reason_t reason, uint32_t by);

#endif /** UNIQUE_POLICY_EVENTS_H_ */
