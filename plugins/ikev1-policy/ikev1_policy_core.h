/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_core.h
 * Keeps core's own settings at what the plugin's say.
 */

#ifndef IKEV1_POLICY_CORE_H_
#define IKEV1_POLICY_CORE_H_

#include "ikev1_policy_settings.h"

typedef struct ikev1_policy_core_t ikev1_policy_core_t;

/**
 * Core reads the size of the window (max_ikev1_exchanges) when it creates an
 * IKE_SA, and whether main mode may end in clear
 * (accept_unencrypted_mainmode_messages) with each such message.
 *
 * Nothing tells when connections come and go, but core asks for an SPI right
 * before it creates an IKE_SA: that is when the window is set.
 */
struct ikev1_policy_core_t {

	/**
	 * Set all anew, after the settings were loaded. What an operator should
	 * know about them is logged.
	 */
	void (*apply)(ikev1_policy_core_t *this);

	/**
	 * Destroy an ikev1_policy_core_t.
	 */
	void (*destroy)(ikev1_policy_core_t *this);
};

/**
 * Take charge of core's settings, which are set on return.
 *
 * @param store		settings of the plugin
 * @return			NULL if there is no random number generator
 */
ikev1_policy_core_t *ikev1_policy_core_create(options_store_t *store);

/**
 * Size of the window of IKE_SAs that are created now, in exchanges.
 */
uint32_t ikev1_policy_core_get_window(void);

#endif /** IKEV1_POLICY_CORE_H_ */
