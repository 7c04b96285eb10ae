/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef UNIQUE_POLICY_OFFER_H_
#define UNIQUE_POLICY_OFFER_H_

#include "unique_policy_listener.h"

#include <offer.h>

/**
 * Commands, events and numbers of a unique_policy_listener_t.
 */
extern const offer_t unique_policy_offer;

#endif /** UNIQUE_POLICY_OFFER_H_ */
