/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef PCSC_TOKEN_OFFER_H_
#define PCSC_TOKEN_OFFER_H_

#include "pcsc_token_manager.h"

#include <offer.h>

/**
 * Commands, events and status of a pcsc_token_manager_t.
 */
extern const offer_t pcsc_token_offer;

#endif /** PCSC_TOKEN_OFFER_H_ */
