/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_resolve_offer.h
 * What operators are offered.
 */

#ifndef PEER_RESOLVE_OFFER_H_
#define PEER_RESOLVE_OFFER_H_

#include <offer.h>

/**
 * Commands, events and numbers; data is a peer_resolve_manager_t.
 */
extern const offer_t peer_resolve_offer;

#endif /** PEER_RESOLVE_OFFER_H_ */
