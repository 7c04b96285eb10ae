/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file hello_offer.h
 * What control is offered.
 */

#ifndef HELLO_OFFER_H_
#define HELLO_OFFER_H_

#include <offer.h>

extern const offer_t hello_offer;

#endif /** HELLO_OFFER_H_ */
