/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_offer.h
 * What control is offered: doc/control.md.
 */

#ifndef UNITY_EXT_OFFER_H_
#define UNITY_EXT_OFFER_H_

#include "unity_ext_manager.h"

#include <offer.h>

typedef struct unity_ext_t unity_ext_t;

/**
 * What the plugin is made of.
 */
struct unity_ext_t {
	unity_ext_dns_t *dns;
	unity_ext_manager_t *manager;
};

/**
 * Status and events of a unity_ext_t.
 */
extern const offer_t unity_ext_offer;

#endif /** UNITY_EXT_OFFER_H_ */
