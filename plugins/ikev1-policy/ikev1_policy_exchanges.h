/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file ikev1_policy_exchanges.h
 * What core remembers of an IKE_SA's exchanges after main or aggressive mode.
 */

#ifndef IKEV1_POLICY_EXCHANGES_H_
#define IKEV1_POLICY_EXCHANGES_H_

#include <library.h>

typedef struct ikev1_policy_exchanges_t ikev1_policy_exchanges_t;

/**
 * Seconds after which a Quick Mode that the peer doesn't complete is considered
 * to have been given up.
 */
#define IKEV1_POLICY_QUICK_MODE_TIMEOUT 60

/**
 * Image of core's window: a list of exchanges by their message ID, the one used
 * most recently first. With each new one the last falls out if the window is
 * full. A Quick Mode that falls out while it waits for the peer's last message
 * is lost, as that can't be decrypted anymore.
 *
 * Exchanges from before this was created don't matter: core drops them first.
 *
 * Not thread-safe. All times are in seconds of a monotonic clock.
 */
struct ikev1_policy_exchanges_t {

	/**
	 * Use the place of an exchange, as core does with each message of it.
	 *
	 * @param mid		message ID, not 0
	 * @return			TRUE if a Quick Mode was lost
	 */
	bool (*use)(ikev1_policy_exchanges_t *this, uint32_t mid, time_t now);

	/**
	 * A Quick Mode, whose place was just used, waits for the peer.
	 */
	void (*begin)(ikev1_policy_exchanges_t *this, uint32_t mid, time_t now);

	/**
	 * A Quick Mode doesn't wait anymore.
	 */
	void (*end)(ikev1_policy_exchanges_t *this, uint32_t mid);

	/**
	 * Number of Quick Modes that wait for the peer's last message, including
	 * those that were lost until that message comes.
	 */
	u_int (*get_running)(ikev1_policy_exchanges_t *this, time_t now);

	/**
	 * Destroy an ikev1_policy_exchanges_t.
	 */
	void (*destroy)(ikev1_policy_exchanges_t *this);
};

/**
 * Create the image of an empty window.
 *
 * @param window	number of exchanges it holds
 */
ikev1_policy_exchanges_t *ikev1_policy_exchanges_create(u_int window);

#endif /** IKEV1_POLICY_EXCHANGES_H_ */
