/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file peer_log_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef PEER_LOG_OFFER_H_
#define PEER_LOG_OFFER_H_

#include "peer_log_manager.h"

#include <offer.h>

/**
 * Commands and numbers of a peer_log_manager_t.
 */
extern const offer_t peer_log_offer;

#endif /** PEER_LOG_OFFER_H_ */
