/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_main_mode.h
 * Refuses peers that send the end of main mode in clear and may not.
 */

#ifndef IKEV1_POLICY_MAIN_MODE_H_
#define IKEV1_POLICY_MAIN_MODE_H_

#include "ikev1_policy_settings.h"

#include <bus/listeners/listener.h>

typedef struct ikev1_policy_main_mode_t ikev1_policy_main_mode_t;

struct ikev1_policy_main_mode_t {

	/** to be added to the bus */
	listener_t listener;

	/**
	 * Get the numbers of messages in clear, since it was created.
	 *
	 * @param accepted	of peers that may
	 * @param refused	of others
	 */
	void (*get_stats)(ikev1_policy_main_mode_t *this, u_int *accepted,
					  u_int *refused);

	/**
	 * Destroy an ikev1_policy_main_mode_t, once it is off the bus.
	 */
	void (*destroy)(ikev1_policy_main_mode_t *this);
};

/**
 * Create the listener.
 *
 * @param store		settings of the plugin
 */
ikev1_policy_main_mode_t *ikev1_policy_main_mode_create(options_store_t *store);

#endif /** IKEV1_POLICY_MAIN_MODE_H_ */
