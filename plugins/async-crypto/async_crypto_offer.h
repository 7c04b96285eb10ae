/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file async_crypto_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef ASYNC_CRYPTO_OFFER_H_
#define ASYNC_CRYPTO_OFFER_H_

#include "async_crypto_manager.h"

#include <offer.h>

/**
 * Status of an async_crypto_manager_t.
 */
extern const offer_t async_crypto_offer;

#endif /** ASYNC_CRYPTO_OFFER_H_ */
