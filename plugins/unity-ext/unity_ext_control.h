/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_control.h
 * What the plugin offers to control: doc/control.md.
 */

#ifndef UNITY_EXT_CONTROL_H_
#define UNITY_EXT_CONTROL_H_

#include "unity_ext_dns.h"

#include <sa/ike_sa.h>

typedef struct unity_ext_control_t unity_ext_control_t;

struct unity_ext_control_t {

	/**
	 * Withdraw the offer and destroy an unity_ext_control_t.
	 */
	void (*destroy)(unity_ext_control_t *this);
};

/**
 * Offer a status and events.
 *
 * @param store			settings
 * @param dns			has to outlive it
 */
unity_ext_control_t *unity_ext_control_create(options_store_t *store,
											  unity_ext_dns_t *dns);

/**
 * Tell clients of control that a gateway sent a banner. For bus hooks, too.
 *
 * @param banner		text, escaped
 */
void unity_ext_tell_banner(ike_sa_t *ike_sa, const char *banner);

#endif /** UNITY_EXT_CONTROL_H_ */
