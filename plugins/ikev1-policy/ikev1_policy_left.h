/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_left.h
 * What still speaks IKEv1: connections that are loaded, and their peers.
 */

#ifndef IKEV1_POLICY_LEFT_H_
#define IKEV1_POLICY_LEFT_H_

#include <bus/listeners/listener.h>

#include <offer.h>

/**
 * Peers that are remembered.
 */
#define IKEV1_POLICY_LEFT_MAX 1000

typedef struct ikev1_policy_left_t ikev1_policy_left_t;

/**
 * Remembers peers from the time that charon started. Thread-safe.
 */
struct ikev1_policy_left_t {

	/**
	 * To be added to the bus.
	 */
	listener_t listener;

	/**
	 * Write items of a list of warnings, one for each of the first connections
	 * that are for IKEv1 alone or have peers that use it.
	 */
	void (*warn)(ikev1_policy_left_t *this, control_out_t *out);

	/**
	 * Emit all of them, one message for each peer, or one for a connection
	 * that has none.
	 */
	void (*list)(ikev1_policy_left_t *this, control_out_t *out);

	/**
	 * Destroy an ikev1_policy_left_t.
	 */
	void (*destroy)(ikev1_policy_left_t *this);
};

/**
 * Create an ikev1_policy_left_t.
 */
ikev1_policy_left_t *ikev1_policy_left_create(void);

#endif /** IKEV1_POLICY_LEFT_H_ */
