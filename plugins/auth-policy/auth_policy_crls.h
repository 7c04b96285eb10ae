/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_crls.h
 * The CRLs that are known, and what is wrong with those that charon ignores.
 */

#ifndef AUTH_POLICY_CRLS_H_
#define AUTH_POLICY_CRLS_H_

#include <offer.h>

/**
 * Write them, each as a message of list-crls. Not for bus hooks: asks the
 * credential sets.
 */
void auth_policy_list_crls(control_out_t *out);

#endif /** AUTH_POLICY_CRLS_H_ */
