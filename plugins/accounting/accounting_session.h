/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_session.h
 * A session of a peer, or a login that was refused.
 */

#ifndef ACCOUNTING_SESSION_H_
#define ACCOUNTING_SESSION_H_

#include "accounting_days.h"

#include <collections/array.h>
#include <credentials/certificates/certificate.h>
#include <networking/host.h>
#include <peer_match.h>
#include <utils/identification.h>

typedef struct accounting_session_t accounting_session_t;
typedef struct accounting_state_t accounting_state_t;
typedef struct accounting_usage_t accounting_usage_t;
typedef struct accounting_place_t accounting_place_t;
typedef struct accounting_total_t accounting_total_t;

/**
 * Places of a peer that are kept: the first, and the last ones.
 */
#define ACCOUNTING_PLACES_MAX 32

/**
 * What went through, by direction: 0 out, 1 in.
 */
struct accounting_usage_t {
	uint64_t bytes[2];
	uint64_t packets[2];
};

/**
 * What sessions that go on from each other have used together.
 */
struct accounting_total_t {
	refcount_t ref;
	/** when the first one began, by the clock that can't be set */
	time_t start_monotonic;
	/** what went through, both ways */
	uint64_t bytes;
};

/**
 * Where a peer was, and from when on.
 */
struct accounting_place_t {
	time_t since;
	host_t *host;
};

/**
 * What of a session changes.
 */
struct accounting_state_t {
	/** of the IKE_SA that there is now */
	uint32_t unique_id;
	/** accounting_place_t, the last is where it is; at least one */
	array_t *places;
	/** how often it has moved */
	u_int moves;
	/** host_t*, virtual IPs of the peer */
	array_t *vips;
	accounting_usage_t usage;
	/** since when nothing changes any more, 0 if it does; and what the clock
	 * said that can't be set, as in the session's start */
	time_t end;
	time_t end_monotonic;
	/** why it ended, and which plugin closed it or NULL, static */
	const char *reason;
	const char *by;
	/** when something went through, or it began, by the clock that can't be
	 * set */
	time_t used;
};

/**
 * What doesn't change, and what does.
 */
struct accounting_session_t {
	refcount_t ref;
	/** a name that no other session has, also after a restart */
	char *id;
	/** of the one before, of the same client, or NULL */
	char *previous;
	/** who it is as rules have it, IKE identity, EAP or XAuth identity; the
	 * last is NULL if there is none */
	identification_t *user;
	identification_t *ike_id;
	identification_t *eap_id;
	/** identification_t*, other names that it could have called itself */
	array_t *names;
	/** identification_t*, what it is a member of */
	array_t *groups;
	/** what it has shown, or NULL */
	certificate_t *cert;
	char *connection;
	host_t *local;
	u_int ike_version;
	bool initiator;
	/** by the clock, and by that which can't be set */
	time_t start;
	time_t start_monotonic;
	/** where a login was refused and why, static; else NULL */
	const char *step;
	const char *refused;
	/** guarded by who has the session */
	accounting_state_t state;
	/** with those before it, guarded likewise */
	accounting_total_t *total;
	/** that of its user, and up to when it is counted there, by the clock that
	 * can't be set; guarded likewise, NULL if days aren't counted */
	accounting_day_t *day;
	time_t counted;
	/** key of the limit that it has reached, or NULL; likewise, set once */
	char *limit;
	/** was it said that it will end? For the limiter only */
	bool warned;
	/** IPsec SAs that are counted for it, guarded likewise */
	u_int sas;
	/** what was written last of what changes; for the writer only */
	accounting_usage_t told;
	u_int told_moves;
	/** number of the file that it has a record of its start in, likewise */
	u_int told_in;
};

/**
 * Get another reference.
 */
accounting_session_t *accounting_session_ref(accounting_session_t *this);

/**
 * Give one back.
 */
void accounting_session_unref(accounting_session_t *this);

/**
 * Get the facts about the peer by which rules match.
 *
 * @param peer			gets them, clear with peer_facts_clear()
 */
void accounting_session_get_facts(const accounting_session_t *this,
								  peer_facts_t *peer);

/**
 * Note that the peer is at another place.
 *
 * @param host			cloned
 * @param now			current time
 */
void accounting_session_move(accounting_session_t *this, host_t *host,
							 time_t now);

/**
 * Note the virtual IPs of a peer.
 *
 * @param vips			of host_t*, adopted
 */
void accounting_session_set_vips(accounting_session_t *this, array_t *vips);

/**
 * Go on from another session: use what it has used, too.
 */
void accounting_session_go_on(accounting_session_t *this,
							  accounting_session_t *before);

/**
 * Copy what changes.
 *
 * @param state			gets it, clear with accounting_state_clear()
 */
void accounting_session_get_state(accounting_session_t *this,
								  accounting_state_t *state);

/**
 * Free what it holds.
 */
void accounting_state_clear(accounting_state_t *state);

/**
 * Create one, with a single reference. All but state and ref has to be filled
 * in.
 *
 * @param unique_id		of the IKE_SA
 * @param host			address of the peer, cloned
 * @param now			current time
 */
accounting_session_t *accounting_session_create(uint32_t unique_id,
												host_t *host, time_t now);

#endif /** ACCOUNTING_SESSION_H_ */
