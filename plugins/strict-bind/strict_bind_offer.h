/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef STRICT_BIND_OFFER_H_
#define STRICT_BIND_OFFER_H_

#include "strict_bind_socket.h"

#include <offer.h>

/**
 * Commands, events and numbers of a strict_bind_socket_t.
 */
extern const offer_t strict_bind_offer;

#endif /** STRICT_BIND_OFFER_H_ */
