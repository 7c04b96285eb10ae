/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_validator.h
 * Notes what the plugin revocation found out about each certificate.
 */

#ifndef AUTH_POLICY_VALIDATOR_H_
#define AUTH_POLICY_VALIDATOR_H_

#include "auth_policy_enforcer.h"

#include <credentials/cert_validator.h>

typedef struct auth_policy_validator_t auth_policy_validator_t;

/**
 * A validator that has to be asked after the plugin revocation's.
 */
struct auth_policy_validator_t {

	/** Implements cert_validator_t. */
	cert_validator_t validator;

	/**
	 * Destroy an auth_policy_validator_t.
	 */
	void (*destroy)(auth_policy_validator_t *this);
};

/**
 * Create a validator.
 *
 * @param evidence		where to add what is found out
 * @param enforcer		decides about IKE_SAs that are up already
 */
auth_policy_validator_t *auth_policy_validator_create(
										auth_policy_evidence_t *evidence,
										auth_policy_enforcer_t *enforcer);

#endif /** AUTH_POLICY_VALIDATOR_H_ */
