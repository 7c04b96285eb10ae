/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef IKEV1_POLICY_OFFER_H_
#define IKEV1_POLICY_OFFER_H_

#include "ikev1_policy_core.h"
#include "ikev1_policy_left.h"
#include "ikev1_policy_main_mode.h"
#include "ikev1_policy_overflow.h"

#include <offer.h>

typedef struct ikev1_policy_t ikev1_policy_t;

/**
 * What the plugin is made of.
 */
struct ikev1_policy_t {
	ikev1_policy_core_t *core;
	ikev1_policy_overflow_t *overflow;
	ikev1_policy_main_mode_t *main_mode;
	ikev1_policy_left_t *left;
};

/**
 * Status and counters of an ikev1_policy_t.
 */
extern const offer_t ikev1_policy_offer;

#endif /** IKEV1_POLICY_OFFER_H_ */
