/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_blocks.h
 * The blocks in force: whoever is blocked doesn't get in and doesn't stay.
 *
 * Packets from blocked addresses are dropped as they are received, before
 * charon looks at them. Others are refused once they have said and proven who
 * they are.
 */

#ifndef AUTH_POLICY_BLOCKS_H_
#define AUTH_POLICY_BLOCKS_H_

#include "auth_policy_block.h"
#include "auth_policy_lockout.h"
#include "auth_policy_sessions.h"

typedef struct auth_policy_blocks_t auth_policy_blocks_t;
typedef struct auth_policy_blocks_stats_t auth_policy_blocks_stats_t;

/**
 * Counters.
 */
struct auth_policy_blocks_stats_t {
	/** blocks in force */
	u_int blocks;
	/** packets dropped, logins refused */
	uint64_t packets;
	uint64_t refused;
};

/**
 * Called for a block.
 *
 * @param data			as given to list()
 */
typedef void (*auth_policy_blocks_cb_t)(void *data,
										const auth_policy_block_t *block);

/**
 * Thread-safe.
 */
struct auth_policy_blocks_t {

	/**
	 * Follows what charon initiates; to be on the bus, as is that of sessions.
	 */
	listener_t listener;

	/**
	 * Who is connected.
	 */
	auth_policy_sessions_t *sessions;

	/**
	 * Are there no blocks? Then only those that are final are of interest to
	 * admit().
	 */
	bool (*is_empty)(auth_policy_blocks_t *this);

	/**
	 * Is the peer of an IKE_SA let in? Safe in bus hooks; logs if not.
	 *
	 * @param person		who it is, adopted
	 * @param final			is it authenticated completely? It is remembered
	 *						then, so that a block closes it
	 * @return				FALSE to refuse it
	 */
	bool (*admit)(auth_policy_blocks_t *this, ike_sa_t *ike_sa,
				  auth_policy_person_t *person, bool final);

	/**
	 * Put a block in force, in place of one about the same, and close the
	 * sessions that it is about. Not for bus hooks: writes the file.
	 *
	 * @param block			its own reference is taken
	 * @param errors		gets what is wrong, if it isn't put in force
	 * @return				number of sessions that are being closed
	 */
	u_int (*add)(auth_policy_blocks_t *this, auth_policy_block_t *block,
				 option_errors_t *errors);

	/**
	 * Take back a block. Not for bus hooks: writes the file.
	 *
	 * @param block			one about the same
	 * @param errors		gets what is wrong: there is none, or the file can't
	 *						be changed, and it stays in force
	 */
	void (*remove)(auth_policy_blocks_t *this, auth_policy_block_t *block,
				   option_errors_t *errors);

	/**
	 * Get all blocks in force, and all lockouts after them.
	 */
	void (*list)(auth_policy_blocks_t *this, auth_policy_blocks_cb_t cb,
				 void *data);

	/**
	 * Read the file, and put in force what it has. If something is wrong with
	 * it, what was in force stays so, too. Not for bus hooks.
	 *
	 * @param path			the file, NULL for none; it need not be there
	 * @param start			is the plugin not loaded if it can't be read?
	 * @return				FALSE if it is there but can't be read
	 */
	bool (*load)(auth_policy_blocks_t *this, const char *path, bool start);

	/**
	 * Get what was counted so far.
	 */
	void (*get_stats)(auth_policy_blocks_t *this,
					  auth_policy_blocks_stats_t *stats);

	/**
	 * Get what is wrong with the file.
	 *
	 * @return				array of char*, to be freed with these
	 */
	array_t *(*get_warnings)(auth_policy_blocks_t *this);

	/**
	 * Destroy an auth_policy_blocks_t.
	 */
	void (*destroy)(auth_policy_blocks_t *this);
};

/**
 * Create it, without blocks. There may be one at a time, while no thread
 * receives packets.
 *
 * @param lockout		lockouts, not adopted
 */
auth_policy_blocks_t *auth_policy_blocks_create(
											auth_policy_lockout_t *lockout);

#endif /** AUTH_POLICY_BLOCKS_H_ */
