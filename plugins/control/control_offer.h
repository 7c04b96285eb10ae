/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file control_offer.h
 * What control offers about itself: doc/control.md.
 */

#ifndef CONTROL_OFFER_H_
#define CONTROL_OFFER_H_

#include "control_server.h"

/**
 * Status and counters of a control_server_t.
 */
extern const offer_t control_offer;

#endif /** CONTROL_OFFER_H_ */
