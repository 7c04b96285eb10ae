/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unique_policy_sessions.h
 * Who is connected, and whether one more may be: all decisions about
 * duplicates are made here.
 */

#ifndef UNIQUE_POLICY_SESSIONS_H_
#define UNIQUE_POLICY_SESSIONS_H_

#include "unique_policy_settings.h"

#include <collections/array.h>
#include <networking/host.h>
#include <sa/ike_sa_id.h>

typedef struct unique_policy_sessions_t unique_policy_sessions_t;
typedef struct unique_policy_login_t unique_policy_login_t;
typedef struct unique_policy_session_t unique_policy_session_t;
typedef struct unique_policy_victim_t unique_policy_victim_t;
typedef struct unique_policy_stats_t unique_policy_stats_t;
typedef enum unique_policy_reason_t unique_policy_reason_t;

/**
 * An IKE_SA that is about to be established. Everything is borrowed.
 */
struct unique_policy_login_t {
	/** unique ID of the IKE_SA */
	uint32_t unique_id;
	/** SPIs and version */
	ike_sa_id_t *ike_sa_id;
	/** identities that together make the user; local may be NULL */
	identification_t *remote;
	identification_t *local;
	/** identification_t*, what the peer could call itself as well, or NULL */
	array_t *names;
	/** where the peer is, and whether a NAT is between us */
	host_t *host;
	bool nat;
	/** name of the connection */
	const char *connection;
	/** name of the rule that applies, NULL if none does */
	const char *rule;
	/** the peer says that it has no other IKE_SA with us */
	bool initial_contact;
	/** we initiated the IKE_SA: it counts, but it isn't ours to refuse */
	bool initiator;
};

/**
 * Why an IKE_SA has to go.
 */
enum unique_policy_reason_t {
	/** the same client connected anew, the old IKE_SA is a leftover */
	UNIQUE_POLICY_SUPERSEDED,
	/** the peer sent INITIAL_CONTACT, so there is nobody at the other end */
	UNIQUE_POLICY_INITIAL_CONTACT,
	/** one too many for the limit */
	UNIQUE_POLICY_REPLACED,
	/** nothing was received for keep_timeout */
	UNIQUE_POLICY_TIMED_OUT,
	/** it doesn't count anymore, but may still have addresses: it has to give
	 * them up, and isn't told about again */
	UNIQUE_POLICY_LEFTOVER,
};

/**
 * What is known of a session. Whoever gets one owns its members, but not names.
 */
struct unique_policy_session_t {
	uint32_t unique_id;
	ike_sa_id_t *ike_sa_id;
	/** who it counts for */
	identification_t *remote;
	/** names of the connection and of the rule, or NULL, of the time when it
	 * was authorized; they are there for as long as the table is */
	const char *connection;
	const char *rule;
	/** address and port of the peer */
	host_t *host;
	/** when it was established and last heard of, monotonic seconds; 0 if it
	 * isn't up yet */
	time_t established;
	time_t seen;
	/** whether it counts, and wasn't taken from its user */
	bool counts;
};

/**
 * An IKE_SA that has to go.
 */
struct unique_policy_victim_t {
	unique_policy_session_t session;
	unique_policy_reason_t reason;
};

/**
 * Number of ...
 */
struct unique_policy_stats_t {
	/** ... sessions and identities in the table */
	u_int sessions;
	u_int identities;
	/** ... logins that were accepted and rejected, since the start */
	u_int accepted;
	u_int rejected;
	/** ... IKE_SAs that had to go, by unique_policy_reason_t */
	u_int victims[UNIQUE_POLICY_TIMED_OUT + 1];
};

/**
 * Table of sessions, one for each IKE_SA that counts.
 *
 * A session is reserved when the login is authorized, and confirmed when the
 * IKE_SA is up. Only then others have to make room, as a login may still fail
 * in between. Methods take the time from the caller, in monotonic seconds.
 * Nothing here blocks; each method costs a few table lookups and at most a
 * walk over the sessions of one identity.
 *
 * Not synchronized: the caller holds a lock.
 */
struct unique_policy_sessions_t {

	/**
	 * Decide about a login and reserve a session for it.
	 *
	 * @param login		the login
	 * @param terms		terms it is admitted under
	 * @param now		current time
	 * @return			TRUE if accepted, FALSE if it is one too many
	 */
	bool (*reserve)(unique_policy_sessions_t *this,
					const unique_policy_login_t *login,
					const unique_policy_terms_t *terms, time_t now);

	/**
	 * Is there a session that was reserved before this one, isn't up yet, and
	 * will have to make room for it once it is? Not one of IKEv1, which its
	 * client may leave like that, and which gets addresses only once it is up.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param late		TRUE if it waited long enough: it has no rival anymore
	 */
	bool (*has_rival)(unique_policy_sessions_t *this, uint32_t unique_id,
					  bool late);

	/**
	 * The IKE_SA of a reserved session will be up: have those that make room
	 * for it, and nothing to hand over, go before it is given an address.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param victims	gets unique_policy_victim_t of IKE_SAs that have to go
	 * @return			as confirm()
	 */
	bool (*make_room)(unique_policy_sessions_t *this, uint32_t unique_id,
					  array_t *victims);

	/**
	 * The IKE_SA of a reserved session is up.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param now		current time
	 * @param victims	gets unique_policy_victim_t of IKE_SAs that have to go
	 * @return			TRUE if the identity exceeds its limit and the longest
	 *					idle one has to go: get the idle times of all its
	 *					sessions up to date and call trim()
	 */
	bool (*confirm)(unique_policy_sessions_t *this, uint32_t unique_id,
					time_t now, array_t *victims);

	/**
	 * Take sessions from an identity until it is within its limit.
	 *
	 * @param unique_id	the session whose terms apply; nothing is taken if it is
	 *					gone, as there is room for the others then
	 * @param victims	gets unique_policy_victim_t of IKE_SAs that have to go
	 */
	void (*trim)(unique_policy_sessions_t *this, uint32_t unique_id,
				 array_t *victims);

	/**
	 * An INITIAL_CONTACT was received after the login was authorized.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param victims	gets unique_policy_victim_t of IKE_SAs that have to go
	 * @return			FALSE if there is no such session
	 */
	bool (*initial_contact)(unique_policy_sessions_t *this, uint32_t unique_id,
							array_t *victims);

	/**
	 * Note where the peer is, and that it sent something: as soon as there is
	 * an IKE_SA, which tells what came first.
	 *
	 * @param unique_id	unique ID of the IKE_SA, whether it is authorized or not
	 * @param host		its address and port
	 * @param nat		whether a NAT is between us
	 * @return			TRUE if it was somewhere else
	 */
	bool (*move)(unique_policy_sessions_t *this, uint32_t unique_id,
				 host_t *host, bool nat);

	/**
	 * An IKE_SA was rekeyed, its session goes on under another ID.
	 *
	 * @param unique_id	unique ID of the old IKE_SA
	 * @param new_id	unique ID of the new one
	 * @param ike_sa_id	SPIs of the new one
	 * @param excess	gets TRUE if trim() is still to be called, which would
	 *					be in vain with the old one's ID
	 * @return			TRUE if the session has to go, which was tried with the
	 *					old one
	 */
	bool (*rekey)(unique_policy_sessions_t *this, uint32_t unique_id,
				  uint32_t new_id, ike_sa_id_t *ike_sa_id, bool *excess);

	/**
	 * The IKE_SA is being deleted: it doesn't count anymore, but is there for
	 * as long as nobody answers, with its addresses.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 */
	void (*leave)(unique_policy_sessions_t *this, uint32_t unique_id);

	/**
	 * The IKE_SA is gone, whether it was ever up or not.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 */
	void (*release)(unique_policy_sessions_t *this, uint32_t unique_id);

	/**
	 * Note when a session was last heard of.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param seen		when something was received, 0 if that isn't known
	 * @param now		current time
	 */
	void (*seen)(unique_policy_sessions_t *this, uint32_t unique_id,
				 time_t seen, time_t now);

	/**
	 * Get the sessions that count for an identity, the one that was
	 * established first at the front.
	 *
	 * @param login		remote and local are looked at, NULL for the sessions of
	 *					all identities, in no order
	 * @param max		how many to get at the most
	 * @param sessions	gets unique_policy_session_t
	 * @return			how many there are
	 */
	u_int (*get_sessions)(unique_policy_sessions_t *this,
						  const unique_policy_login_t *login, u_int max,
						  array_t *sessions);

	/**
	 * Get sessions that count for an identity whose peers are to be checked:
	 * over several calls it is each one's turn.
	 *
	 * @param login		remote and local are looked at
	 * @param max		how many to get at the most
	 * @param sessions	gets unique_policy_session_t
	 */
	void (*get_unchecked)(unique_policy_sessions_t *this,
						  const unique_policy_login_t *login, u_int max,
						  array_t *sessions);

	/**
	 * Get the session of an IKE_SA.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param session	gets the session
	 * @return			FALSE if there is none
	 */
	bool (*get_session)(unique_policy_sessions_t *this, uint32_t unique_id,
						unique_policy_session_t *session);

	/**
	 * Get the sessions that count for the identity of an IKE_SA.
	 *
	 * @param unique_id	unique ID of the IKE_SA
	 * @param sessions	gets unique_policy_session_t
	 */
	void (*get_siblings)(unique_policy_sessions_t *this, uint32_t unique_id,
						 array_t *sessions);

	/**
	 * May a rejection of this identity be logged, or would that be too often?
	 *
	 * @param login		remote and local are looked at
	 * @param now		current time
	 * @param missed	number of rejections since the last one that could be
	 * @return			TRUE if it may be logged
	 */
	bool (*may_log)(unique_policy_sessions_t *this,
					const unique_policy_login_t *login, time_t now,
					u_int *missed);

	/**
	 * Get statistics.
	 */
	void (*get_stats)(unique_policy_sessions_t *this,
					  unique_policy_stats_t *stats);

	/**
	 * Destroy a unique_policy_sessions_t.
	 */
	void (*destroy)(unique_policy_sessions_t *this);
};

/**
 * At most one rejection per identity is logged in this time, in seconds.
 */
#define UNIQUE_POLICY_LOG_INTERVAL 10

/**
 * Create an empty table.
 */
unique_policy_sessions_t *unique_policy_sessions_create();

/**
 * Free what a unique_policy_session_t owns.
 */
void unique_policy_session_clear(unique_policy_session_t *session);

#endif /** UNIQUE_POLICY_SESSIONS_H_ */
