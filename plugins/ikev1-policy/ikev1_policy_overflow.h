/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_overflow.h
 * Reports peers that run more Quick Modes at once than core's window holds.
 */

#ifndef IKEV1_POLICY_OVERFLOW_H_
#define IKEV1_POLICY_OVERFLOW_H_

#include "ikev1_policy_settings.h"

#include <bus/listeners/listener.h>

typedef struct ikev1_policy_overflow_t ikev1_policy_overflow_t;

/**
 * Seconds from the first Quick Mode that is lost to the report, which then
 * knows how many the peer started.
 */
#define IKEV1_POLICY_REPORT_DELAY 1

struct ikev1_policy_overflow_t {

	/** to be added to the bus */
	listener_t listener;

	/**
	 * Get counters, since it was created.
	 *
	 * @param overflows	how often a peer overflowed its window
	 * @param lost		Quick Modes lost by that
	 */
	void (*get_stats)(ikev1_policy_overflow_t *this, u_int *overflows,
					  u_int *lost);

	/**
	 * Destroy an ikev1_policy_overflow_t, once it is off the bus.
	 */
	void (*destroy)(ikev1_policy_overflow_t *this);
};

/**
 * Create the listener.
 *
 * @param store		settings of the plugin
 */
ikev1_policy_overflow_t *ikev1_policy_overflow_create(options_store_t *store);

#endif /** IKEV1_POLICY_OVERFLOW_H_ */
