/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_control.h
 * What ikev1-policy offers to control.
 */

#ifndef IKEV1_POLICY_CONTROL_H_
#define IKEV1_POLICY_CONTROL_H_

#include "ikev1_policy_main_mode.h"
#include "ikev1_policy_overflow.h"

typedef struct ikev1_policy_control_t ikev1_policy_control_t;

struct ikev1_policy_control_t {

	/**
	 * Withdraw the offer and destroy an ikev1_policy_control_t.
	 */
	void (*destroy)(ikev1_policy_control_t *this);
};

/**
 * Offer status and counters.
 *
 * @param store		settings of the plugin
 * @param overflow	knows what was lost
 * @param main_mode	knows who was refused
 */
ikev1_policy_control_t *ikev1_policy_control_create(options_store_t *store,
										ikev1_policy_overflow_t *overflow,
										ikev1_policy_main_mode_t *main_mode);

#endif /** IKEV1_POLICY_CONTROL_H_ */
