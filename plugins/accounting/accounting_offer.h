/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_offer.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef ACCOUNTING_OFFER_H_
#define ACCOUNTING_OFFER_H_

#include <offer.h>

/**
 * Status and counters of an accounting_listener_t.
 */
extern const offer_t accounting_offer;

#endif /** ACCOUNTING_OFFER_H_ */
