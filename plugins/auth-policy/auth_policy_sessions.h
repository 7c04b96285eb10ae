/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file auth_policy_sessions.h
 * Who is connected, and how they are made to leave.
 */

#ifndef AUTH_POLICY_SESSIONS_H_
#define AUTH_POLICY_SESSIONS_H_

#include "auth_policy_events.h"
#include "auth_policy_person.h"

#include <bus/listeners/listener.h>

typedef struct auth_policy_sessions_t auth_policy_sessions_t;
typedef struct auth_policy_session_t auth_policy_session_t;

/**
 * What there is to judge of a session.
 */
struct auth_policy_session_t {
	auth_policy_who_t *who;
	/** of char*, its names as in the log */
	array_t *names;
	/** of certificate_t*, with references, that it has shown */
	array_t *certs;
};

/**
 * Called for each session, with the table locked.
 *
 * @param data			as given to close_all()
 * @return				whether it is to be closed
 */
typedef bool (*auth_policy_sessions_cb_t)(void *data,
										  const auth_policy_person_t *person);

/**
 * IKE_SAs that were let in, or that try to reach a blocked address, through
 * rekeyings. Thread-safe.
 */
struct auth_policy_sessions_t {

	/**
	 * Follows IKE_SAs; to be on the bus.
	 */
	listener_t listener;

	/**
	 * Remember an IKE_SA. For bus hooks.
	 *
	 * @param person		who it is, adopted
	 */
	void (*add)(auth_policy_sessions_t *this, ike_sa_t *ike_sa,
				auth_policy_person_t *person);

	/**
	 * Close a session, in a job, until it is gone: one that is being rekeyed
	 * can't be checked out, or goes on as another. For bus hooks, too.
	 *
	 * @param unique_id		unique ID of the IKE_SA
	 * @param block			the block it meets, of which a reference is taken,
	 *						NULL if a certificate of it was refused, as was told
	 * @return				FALSE if there is none, or it is being closed
	 */
	bool (*close)(auth_policy_sessions_t *this, uint32_t unique_id,
				  auth_policy_block_t *block);

	/**
	 * Close those that a function picks, as close() does.
	 *
	 * @return				how many
	 */
	u_int (*close_all)(auth_policy_sessions_t *this,
					   auth_policy_sessions_cb_t cb, void *data,
					   auth_policy_block_t *block);

	/**
	 * Get the unique IDs of all that have shown certificates.
	 *
	 * @return				array of uint32_t, as values
	 */
	array_t *(*get_ids)(auth_policy_sessions_t *this);

	/**
	 * Get a copy of what there is to judge of a session.
	 *
	 * @return				to be destroyed, NULL if there is none, or it is
	 *						being closed
	 */
	auth_policy_session_t *(*get)(auth_policy_sessions_t *this,
								  uint32_t unique_id);

	/**
	 * Get how many were closed so far.
	 *
	 * @param blocked		gets those that met a block
	 * @param revoked		gets those whose certificate was revoked
	 */
	void (*get_closed)(auth_policy_sessions_t *this, uint64_t *blocked,
					   uint64_t *revoked);

	/**
	 * Destroy an auth_policy_sessions_t.
	 */
	void (*destroy)(auth_policy_sessions_t *this);
};

/**
 * Destroy a copy.
 */
void auth_policy_session_destroy(auth_policy_session_t *session);

/**
 * Create it, without sessions.
 *
 * @param moved			called in a hook if a peer is at another address, with
 *						the table unlocked
 * @param data			passed to it
 */
auth_policy_sessions_t *auth_policy_sessions_create(
							void (*moved)(void *data, uint32_t unique_id,
										  host_t *host), void *data);

#endif /** AUTH_POLICY_SESSIONS_H_ */
