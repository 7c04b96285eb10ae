/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_lockout.h
 * Who failed to log in too often, and is locked out for some time.
 */

#ifndef AUTH_POLICY_LOCKOUT_H_
#define AUTH_POLICY_LOCKOUT_H_

#include "auth_policy_events.h"

#include <networking/packet.h>
#include <options_store.h>

typedef struct auth_policy_lockout_t auth_policy_lockout_t;
typedef struct auth_policy_lockout_stats_t auth_policy_lockout_stats_t;

/**
 * Names and addresses that a rule counts.
 */
#define AUTH_POLICY_LOCKOUT_KEYS 10000

/**
 * Longest name; what is beyond doesn't count.
 */
#define AUTH_POLICY_LOCKOUT_NAME 255

/**
 * Counters.
 */
struct auth_policy_lockout_stats_t {
	/** failed logins, lockouts that these made */
	uint64_t failed;
	uint64_t begun;
	/** logins refused and packets dropped by lockouts */
	uint64_t refused;
	uint64_t packets;
};

/**
 * Thread-safe. All of it is for bus hooks, too, but for what is said.
 */
struct auth_policy_lockout_t {

	/**
	 * Is there anything to count?
	 */
	bool (*is_on)(auth_policy_lockout_t *this);

	/**
	 * Is somebody locked out who is about to log in? Logs that.
	 *
	 * @param names			array of char*, all that he calls himself
	 * @param host			his address, which has been proven to be his
	 */
	bool (*refuses)(auth_policy_lockout_t *this, array_t *names, host_t *host,
					ike_sa_t *ike_sa);

	/**
	 * Somebody has failed to log in. Likewise.
	 */
	void (*failed)(auth_policy_lockout_t *this, array_t *names, host_t *host,
				   ike_sa_t *ike_sa);

	/**
	 * Somebody has logged in: names, but not addresses, begin anew.
	 */
	void (*succeeded)(auth_policy_lockout_t *this, array_t *names,
					  host_t *host);

	/**
	 * Is a packet to be dropped, as it begins an IKE_SA and its source is
	 * locked out? Counts and logs that. Not for bus hooks.
	 */
	bool (*drops)(auth_policy_lockout_t *this, packet_t *packet);

	/**
	 * Get all lockouts in force.
	 *
	 * @return				of auth_policy_block_t*, each with a reference
	 */
	array_t *(*get_blocks)(auth_policy_lockout_t *this);

	/**
	 * End a lockout.
	 *
	 * @param id			name as it is listed, or NULL
	 * @param address		address as it is listed, or NULL
	 * @return				with its reference, NULL if there is none
	 */
	auth_policy_block_t *(*remove)(auth_policy_lockout_t *this, const char *id,
								   const char *address);

	/**
	 * Get what was counted so far.
	 */
	void (*get_stats)(auth_policy_lockout_t *this,
					  auth_policy_lockout_stats_t *stats);

	/**
	 * Get the rules whose table was full.
	 *
	 * @return				array of char*, to be freed with these
	 */
	array_t *(*get_warnings)(auth_policy_lockout_t *this);

	/**
	 * Put the settings in force. Lockouts of a rule that is gone, off, or
	 * counts by something else end. Not for bus hooks.
	 */
	void (*reload)(auth_policy_lockout_t *this);

	/**
	 * Destroy an auth_policy_lockout_t.
	 */
	void (*destroy)(auth_policy_lockout_t *this);
};

/**
 * Create it, with the settings in force.
 */
auth_policy_lockout_t *auth_policy_lockout_create(options_store_t *store);

#endif /** AUTH_POLICY_LOCKOUT_H_ */
