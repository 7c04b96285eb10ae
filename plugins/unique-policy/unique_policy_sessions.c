/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_sessions.h"

#include <ike_sa_table.h>
#include <peer_identity.h>

typedef struct private_unique_policy_sessions_t
	private_unique_policy_sessions_t;
typedef struct session_t session_t;
typedef struct user_t user_t;
typedef struct name_t name_t;

/**
 * Where a session is in its life.
 */
typedef enum {
	/** authorized, not up yet */
	SESSION_RESERVED,
	/** up */
	SESSION_ESTABLISHED,
	/** has to go or is going, doesn't count anymore */
	SESSION_CLOSING,
} session_state_t;

/**
 * Longest address.
 */
#define ADDRESS_LEN 16

/**
 * There may be a million of these: members are ordered and sized for that,
 * times are monotonic seconds.
 */
struct session_t {
	user_t *user;
	/** which of the user's names was used */
	name_t *name;
	/** siblings, in the order they were established */
	session_t *next;
	session_t *prev;
	/** names of the connection and the rule, of the table of names */
	const char *connection;
	const char *rule;
	uint64_t spi_i;
	uint64_t spi_r;
	uint8_t address[ADDRESS_LEN];
	uint32_t unique_id;
	/** the newest IKE_SA there was when this one was authorized */
	uint32_t newest;
	/** unique ID of the session that takes this one's place, or 0 */
	uint32_t claimed_by;
	uint32_t established;
	/** when it was last heard of, and when that was last checked */
	uint32_t seen;
	uint32_t checked;
	uint16_t port;
	uint16_t limit;
	uint8_t family;
	uint8_t ike_version:2;
	/** a session_state_t */
	uint8_t state:2;
	/** a unique_policy_t and a unique_policy_evict_t */
	uint8_t mode:2;
	uint8_t evict:1;
	/** a unique_policy_reason_t, of the claim */
	uint8_t reason:2;
	bool ike_sa_initiator:1;
	bool nat:1;
	bool initial_contact:1;
	/** whether it may have claimed others: saves a walk over all siblings */
	bool has_claims:1;
	/** we initiated it */
	bool initiator:1;
	/** it was its turn if this is its user's round */
	bool round:1;
	/** confirmed, and trim() is still to be called */
	bool excess:1;
	/** the IKE_SA is being deleted */
	bool leaving:1;
	/** gives up its addresses, or was told to */
	bool emptied:1;
	/** waited long enough for its rivals */
	bool waited:1;
};

/**
 * A name of a user. Whoever uses one that another one uses is that user, and so
 * is who uses one that a certificate of that user has, or has one in its
 * certificate that is used. Certificates that merely share one are apart.
 */
struct name_t {
	identification_t *remote;
	identification_t *local;
	user_t *user;
	/** the user's next one */
	name_t *next;
	/** somebody logged in with it: there may be a session_t.name */
	bool used;
};

/**
 * Names and sessions of an identity.
 */
struct user_t {
	name_t *names;
	session_t *first;
	session_t *last;
	/** sessions that count: reserved or up, and not claimed */
	uint32_t counted;
	/** sessions that are up, claimed or not */
	uint32_t established;
	/** sessions that aren't closing */
	uint32_t present;
	/** when a rejection was last logged, and how many were not since */
	uint32_t logged;
	uint32_t missed;
	/** changes when all sessions have had their turn */
	bool round;
};

struct private_unique_policy_sessions_t {
	unique_policy_sessions_t public;
	/** unique_id => session_t */
	hashtable_t *sessions;
	/** name_t => name_t */
	hashtable_t *users;
	/** sessions that aren't closing, and users with any */
	u_int present;
	u_int identities;
	/** char* => char*, names of connections and rules: there are a few of them,
	 * for many sessions, so they are never freed before the table */
	hashtable_t *names;
	/** unique ID of the newest IKE_SA, whether it is authorized or not */
	uint32_t newest;
	unique_policy_stats_t stats;
};

static u_int user_hash(const void *key)
{
	const name_t *name = key;
	u_int hash = name->local ? peer_identity_hash(name->local, 0) : 0;

	return peer_identity_hash(name->remote, hash);
}

static bool user_equals(const void *key, const void *other_key)
{
	const name_t *a = key, *b = other_key;

	if (!peer_identity_equals(a->remote, b->remote))
	{
		return FALSE;
	}
	if (!a->local || !b->local)
	{
		return a->local == b->local;
	}
	return peer_identity_equals(a->local, b->local);
}

static session_t *find(private_unique_policy_sessions_t *this,
					   uint32_t unique_id)
{
	return ike_sa_table_get(this->sessions, unique_id);
}

static name_t *find_name(private_unique_policy_sessions_t *this,
						 identification_t *remote, identification_t *local)
{
	name_t key = { .remote = remote, .local = local };

	return this->users->get(this->users, &key);
}

/**
 * Find who logs in: the one that uses the same name, that uses another name of
 * the certificate, or whose certificate has the name.
 */
static user_t *find_user(private_unique_policy_sessions_t *this,
						 const unique_policy_login_t *login)
{
	name_t *name, *other;
	identification_t *id;
	int i;

	name = find_name(this, login->remote, login->local);
	for (i = 0; (!name || !name->used) && array_get(login->names, i, &id); i++)
	{
		other = find_name(this, id, login->local);
		if (other && other->used)
		{
			name = other;
		}
	}
	return name ? name->user : NULL;
}

/**
 * Remove a name from its user and destroy it.
 */
static void remove_name(private_unique_policy_sessions_t *this, name_t *name)
{
	name_t **link = &name->user->names;

	while (*link != name)
	{
		link = &(*link)->next;
	}
	*link = name->next;
	this->users->remove(this->users, name);
	name->remote->destroy(name->remote);
	DESTROY_IF(name->local);
	free(name);
}

/**
 * Give a user a name. One that another user has is left to that one, unless it
 * is merely in that one's certificate, while this one uses it.
 */
static name_t *add_name(private_unique_policy_sessions_t *this, user_t *user,
						identification_t *remote, identification_t *local,
						bool used)
{
	name_t *name = NULL;

	/* a user who is new is one as nobody had that name */
	if (user->names)
	{
		name = find_name(this, remote, local);
	}
	if (name && name->user != user && used)
	{
		remove_name(this, name);
		name = NULL;
	}
	if (!name)
	{
		INIT(name,
			.remote = remote->clone(remote),
			.local = local ? local->clone(local) : NULL,
			.user = user,
			.next = user->names,
		);
		user->names = name;
		this->users->put(this->users, name, name);
	}
	name->used |= used;
	return name;
}

static void link_session(user_t *user, session_t *session)
{
	session->user = user;
	session->next = NULL;
	session->prev = user->last;
	*(user->last ? &user->last->next : &user->first) = session;
	user->last = session;
}

static void unlink_session(session_t *session)
{
	user_t *user = session->user;

	*(session->prev ? &session->prev->next : &user->first) = session->next;
	*(session->next ? &session->next->prev : &user->last) = session->prev;
}

/**
 * Does a session count? It doesn't if it has to go, or if another one, which
 * counts, takes its place.
 */
static bool counts(session_t *session)
{
	return session->state != SESSION_CLOSING && !session->claimed_by;
}

static void set_host(session_t *session, host_t *host, bool nat)
{
	chunk_t address = host->get_address(host);

	memset(session->address, 0, ADDRESS_LEN);
	memcpy(session->address, address.ptr, min(address.len, ADDRESS_LEN));
	session->family = host->get_family(host);
	session->port = host->get_port(host);
	session->nat = nat;
}

/**
 * Get a copy of a name, the same one for the same name.
 */
static const char *keep_name(private_unique_policy_sessions_t *this,
							 const char *name)
{
	char *kept;

	if (!name)
	{
		return NULL;
	}
	kept = this->names->get(this->names, name);
	if (!kept)
	{
		kept = strdup(name);
		this->names->put(this->names, kept, kept);
	}
	return kept;
}

static void set_ike_sa_id(session_t *session, ike_sa_id_t *id)
{
	session->spi_i = id->get_initiator_spi(id);
	session->spi_r = id->get_responder_spi(id);
	session->ike_version = id->get_ike_version(id);
	session->ike_sa_initiator = id->is_initiator(id);
}

/**
 * Is the peer of session the one that other was established with? Behind a
 * NAT the address alone doesn't tell, there may be many clients with it.
 */
static bool is_same_host(session_t *session, session_t *other)
{
	return session->family == other->family &&
		   memeq(session->address, other->address, ADDRESS_LEN) &&
		   (!session->nat || session->port == other->port);
}

/**
 * Let session take the place of another one, once it is up.
 *
 * Only sessions that count are claimed: if one is claimed that has claims
 * itself, because a client tried several times, they form a chain of which
 * the last one counts.
 */
static void claim(session_t *session, session_t *other,
				  unique_policy_reason_t reason)
{
	other->claimed_by = session->unique_id;
	other->reason = reason;
	other->user->counted--;
	session->has_claims = TRUE;
}

/**
 * Does the peer of a session say that there is no other? What became of others
 * since it began to connect is nothing that it has heard of: both ends may
 * initiate at the same time, or one end several times.
 */
static bool is_denied(session_t *other, session_t *session)
{
	return session->initial_contact && other->name == session->name &&
		   (int32_t)(other->newest - session->unique_id) < 0;
}

/**
 * May a session take another one's place? What we initiated is no leftover of
 * a peer that connects to us: each end knows for itself whether it needs its
 * own, unless the peer says that it has no other.
 */
static bool yields(session_t *other, session_t *session)
{
	return !other->initiator || is_denied(other, session);
}

/**
 * Claim what the same client left behind on the same connection.
 */
static void claim_predecessors(session_t *session)
{
	session_t *other;

	if (session->mode != UNIQUE_REPLACE && session->mode != UNIQUE_KEEP)
	{
		return;
	}
	for (other = session->user->first; other; other = other->next)
	{
		if (other != session && counts(other) && yields(other, session) &&
			other->name == session->name &&
			other->connection == session->connection &&
			is_same_host(session, other))
		{
			claim(session, other, UNIQUE_POLICY_SUPERSEDED);
		}
	}
}

/**
 * Has nothing been received for longer than that? Only what was found out by
 * a check is held against a session.
 */
static bool is_silent(session_t *session, uint32_t timeout)
{
	return session->state == SESSION_ESTABLISHED && timeout &&
		   session->checked - session->seen > timeout;
}

/**
 * Claim sessions until the new one is within the limit: those of the same
 * client on another connection, and those that fell silent. Of these what we
 * initiated stays, but doesn't keep the peer out.
 */
static bool claim_room(session_t *session, const unique_policy_terms_t *terms)
{
	user_t *user = session->user;
	uint32_t limit = terms->limit;
	unique_policy_reason_t reason;
	session_t *other;

	for (other = user->first; other && user->counted > limit;
		 other = other->next)
	{
		if (other == session || !counts(other))
		{
			continue;
		}
		if (is_same_host(session, other))
		{
			reason = UNIQUE_POLICY_SUPERSEDED;
		}
		else if (is_silent(other, terms->keep_timeout))
		{
			reason = UNIQUE_POLICY_TIMED_OUT;
		}
		else
		{
			continue;
		}
		if (yields(other, session))
		{
			claim(session, other, reason);
		}
		else
		{
			limit++;
		}
	}
	return user->counted <= limit;
}

/**
 * Hand what a session claims to who claims it, or let it count again.
 */
static void pass_claims(session_t *session)
{
	session_t *other;

	if (!session->has_claims)
	{
		return;
	}
	for (other = session->user->first; other; other = other->next)
	{
		if (other->claimed_by == session->unique_id)
		{
			other->claimed_by = session->claimed_by;
			other->user->counted += counts(other);
		}
	}
}

/**
 * Have a session not count anymore.
 */
static void set_closing(private_unique_policy_sessions_t *this,
						session_t *session)
{
	user_t *user = session->user;

	user->counted -= counts(session);
	user->established -= session->state == SESSION_ESTABLISHED;
	this->present--;
	this->identities -= !--user->present;
	session->state = SESSION_CLOSING;
	session->claimed_by = 0;
}

METHOD(unique_policy_sessions_t, leave, void,
	private_unique_policy_sessions_t *this, uint32_t unique_id)
{
	session_t *session = find(this, unique_id);

	if (session)
	{
		session->leaving = TRUE;
		if (session->state != SESSION_CLOSING)
		{
			pass_claims(session);
			set_closing(this, session);
		}
	}
}

/**
 * Take a session from its user, and remove the user if it was the last.
 */
static void remove_session(private_unique_policy_sessions_t *this,
						   session_t *session)
{
	user_t *user = session->user;

	if (session->state != SESSION_CLOSING)
	{
		pass_claims(session);
		set_closing(this, session);
	}
	unlink_session(session);
	free(session);
	if (!user->first)
	{
		while (user->names)
		{
			remove_name(this, user->names);
		}
		free(user);
	}
}

/**
 * Give the user a session for a login, and add the user if it is the first.
 */
static session_t *add_session(private_unique_policy_sessions_t *this,
							  const unique_policy_login_t *login,
							  const unique_policy_terms_t *terms)
{
	identification_t *id;
	session_t *session;
	user_t *user;
	int i;

	user = find_user(this, login);
	if (!user)
	{
		INIT(user);
	}
	INIT(session,
		.name = add_name(this, user, login->remote, login->local, TRUE),
		.unique_id = login->unique_id,
		.newest = this->newest,
		.connection = keep_name(this, login->connection),
		.rule = keep_name(this, login->rule),
		.limit = terms->limit,
		/* what we initiate drives nobody out */
		.mode = login->initiator ? UNIQUE_NEVER : terms->mode,
		.evict = terms->evict,
		.initial_contact = login->initial_contact,
		.initiator = login->initiator,
		.round = !user->round,
	);
	set_host(session, login->host, login->nat);
	for (i = 0; array_get(login->names, i, &id); i++)
	{
		add_name(this, user, id, login->local, FALSE);
	}
	set_ike_sa_id(session, login->ike_sa_id);
	link_session(user, session);
	user->counted++;
	this->present++;
	this->identities += !user->present++;
	return session;
}

METHOD(unique_policy_sessions_t, reserve, bool,
	private_unique_policy_sessions_t *this, const unique_policy_login_t *login,
	const unique_policy_terms_t *terms, time_t now)
{
	session_t *session;

	if (find(this, login->unique_id))
	{
		return TRUE;
	}
	session = add_session(this, login, terms);
	claim_predecessors(session);
	if (session->mode == UNIQUE_KEEP && !claim_room(session, terms))
	{
		remove_session(this, session);
		this->stats.rejected++;
		return FALSE;
	}
	ike_sa_table_put(this->sessions, session->unique_id, session);
	return TRUE;
}

/**
 * Describe a session to the outside.
 */
static void describe(session_t *session, unique_policy_session_t *out)
{
	chunk_t address = chunk_create(session->address,
								session->family == AF_INET ? 4 : ADDRESS_LEN);

	*out = (unique_policy_session_t){
		.unique_id = session->unique_id,
		.remote = session->name->remote->clone(session->name->remote),
		.connection = session->connection,
		.rule = session->rule,
		.ike_sa_id = ike_sa_id_create(session->ike_version, session->spi_i,
									session->spi_r, session->ike_sa_initiator),
		.host = host_create_from_chunk(session->family, address,
									   session->port),
		.established = session->established,
		.seen = session->seen,
		.counts = counts(session),
	};
}

static void take_claimed(private_unique_policy_sessions_t *this,
						 session_t *session, bool all, array_t *victims);

static void add_victim(session_t *session, unique_policy_reason_t reason,
					   array_t *victims)
{
	unique_policy_victim_t victim = { .reason = reason };

	describe(session, &victim.session);
	array_insert(victims, ARRAY_TAIL, &victim);
	/* for a while, the superseded keep what they may hand over */
	session->emptied = reason != UNIQUE_POLICY_SUPERSEDED;
}

/**
 * Have a session closed, and with it those whose place it had taken.
 */
static void take(private_unique_policy_sessions_t *this, session_t *session,
				 unique_policy_reason_t reason, array_t *victims)
{
	set_closing(this, session);
	this->stats.victims[reason]++;
	add_victim(session, reason, victims);
	take_claimed(this, session, TRUE, victims);
}

/**
 * Take what a session claimed when it was reserved: all, or only what is up
 * and has nothing to hand over.
 */
static void take_claimed(private_unique_policy_sessions_t *this,
						 session_t *session, bool all, array_t *victims)
{
	session_t *other;

	if (!session->has_claims)
	{
		return;
	}
	session->has_claims = !all;
	for (other = session->user->first; other; other = other->next)
	{
		if (other->claimed_by != session->unique_id)
		{
			continue;
		}
		/* who connects anew from the same place, and says that there is
		 * nothing else, doesn't need the old one to hand over anything */
		if (other->reason == UNIQUE_POLICY_SUPERSEDED &&
			is_denied(other, session))
		{
			other->reason = UNIQUE_POLICY_INITIAL_CONTACT;
		}
		if (all || (other->state == SESSION_ESTABLISHED &&
					other->reason != UNIQUE_POLICY_SUPERSEDED))
		{
			take(this, other, other->reason, victims);
		}
	}
}

/**
 * Take all sessions but this one, if that is what INITIAL_CONTACT does.
 */
static void take_stale(private_unique_policy_sessions_t *this,
					   session_t *session, array_t *victims)
{
	session_t *other;

	if (session->mode == UNIQUE_NO)
	{
		for (other = session->user->first; other; other = other->next)
		{
			if (other != session && other->state == SESSION_ESTABLISHED &&
				is_denied(other, session))
			{
				take(this, other, UNIQUE_POLICY_INITIAL_CONTACT, victims);
			}
		}
	}
}

/**
 * Is there anybody a superseded session may hand something over to?
 */
static bool has_heir(session_t *session)
{
	session_t *other;

	for (other = session->user->first; other; other = other->next)
	{
		if (other->state != SESSION_CLOSING && is_same_host(other, session))
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Have those give up their addresses that don't count anymore, but may be there
 * for long: nobody may answer their DELETE, or who superseded them is gone.
 */
static void take_leftovers(session_t *session, array_t *victims)
{
	session_t *other;

	if (session->mode == UNIQUE_NEVER)
	{
		return;
	}
	for (other = session->user->first; other; other = other->next)
	{
		if (other->state == SESSION_CLOSING && !other->emptied &&
			(session->mode != UNIQUE_NO || is_denied(other, session)) &&
			yields(other, session) && (other->leaving || !has_heir(other)))
		{
			add_victim(other, UNIQUE_POLICY_LEFTOVER, victims);
		}
	}
}

/**
 * May a session have to go for the given one? What it claimed will anyway.
 */
static bool is_rival(session_t *session, session_t *other)
{
	return other != session && other->state == SESSION_ESTABLISHED &&
		   other->claimed_by != session->unique_id && yields(other, session);
}

/**
 * Find the session that has to go next; never the given one.
 */
static session_t *find_next(session_t *session)
{
	session_t *other, *found = NULL;

	for (other = session->user->first; other; other = other->next)
	{
		if (is_rival(session, other))
		{
			if (session->evict == UNIQUE_POLICY_EVICT_OLDEST)
			{
				return other;
			}
			/* of several the oldest */
			if (!found || other->seen < found->seen)
			{
				found = other;
			}
		}
	}
	return found;
}

/**
 * Count the sessions that have to go for one that is up or will be.
 */
static u_int count_excess(session_t *session)
{
	session_t *other;
	u_int count = 0;

	if (session->mode != UNIQUE_REPLACE ||
		session->user->established < session->limit)
	{
		return 0;
	}
	for (other = session->user->first; other; other = other->next)
	{
		count += is_rival(session, other);
	}
	return count < session->limit ? 0 : count + 1 - session->limit;
}

/**
 * Take sessions until the limit is met.
 */
static void take_excess(private_unique_policy_sessions_t *this,
						session_t *session, array_t *victims)
{
	session_t *other;
	u_int count = count_excess(session);

	while (count-- && (other = find_next(session)))
	{
		take(this, other, UNIQUE_POLICY_REPLACED, victims);
	}
}

/**
 * Take what has to go for a session, claimed ones as take_claimed() does.
 */
static bool take_others(private_unique_policy_sessions_t *this,
						session_t *session, bool all, array_t *victims)
{
	bool idle = session->evict == UNIQUE_POLICY_EVICT_IDLE;

	take_claimed(this, session, all, victims);
	take_stale(this, session, victims);
	if (!idle)
	{
		take_excess(this, session, victims);
	}
	take_leftovers(session, victims);
	return idle && count_excess(session);
}

METHOD(unique_policy_sessions_t, has_rival, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id, bool late)
{
	session_t *session = find(this, unique_id), *other;
	u_int count = 0;

	if (!session || session->state != SESSION_RESERVED ||
		session->mode != UNIQUE_REPLACE)
	{
		return FALSE;
	}
	session->waited |= late;
	if (session->waited)
	{
		return FALSE;
	}
	/* who was authorized later, and isn't up either, is behind it */
	for (other = session->user->first; other != session; other = other->next)
	{
		count += other->state == SESSION_RESERVED && other->ike_version != 1 &&
				 yields(other, session) && other->claimed_by != unique_id;
	}
	return count && session->user->established + count >= session->limit;
}

METHOD(unique_policy_sessions_t, make_room, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id,
	array_t *victims)
{
	session_t *session = find(this, unique_id);

	return session && session->state == SESSION_RESERVED &&
		   take_others(this, session, FALSE, victims);
}

METHOD(unique_policy_sessions_t, confirm, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id, time_t now,
	array_t *victims)
{
	session_t *session = find(this, unique_id);

	if (!session || session->state != SESSION_RESERVED)
	{
		return FALSE;
	}
	session->state = SESSION_ESTABLISHED;
	session->established = session->seen = session->checked = now;
	session->user->established++;
	unlink_session(session);
	link_session(session->user, session);
	this->stats.accepted++;

	session->excess = take_others(this, session, TRUE, victims);
	return session->excess;
}

METHOD(unique_policy_sessions_t, trim, void,
	private_unique_policy_sessions_t *this, uint32_t unique_id,
	array_t *victims)
{
	session_t *session = find(this, unique_id);

	/* who has to go can't have others go: they may be waiting for it */
	if (session && session->state != SESSION_CLOSING)
	{
		session->excess = FALSE;
		take_excess(this, session, victims);
		take_leftovers(session, victims);
	}
}

METHOD(unique_policy_sessions_t, initial_contact, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id,
	array_t *victims)
{
	session_t *session = find(this, unique_id);

	if (!session)
	{
		return FALSE;
	}
	session->initial_contact = TRUE;
	if (counts(session))
	{
		claim_predecessors(session);
	}
	if (session->state == SESSION_ESTABLISHED)
	{
		take_claimed(this, session, TRUE, victims);
		take_stale(this, session, victims);
		take_leftovers(session, victims);
	}
	return TRUE;
}

METHOD(unique_policy_sessions_t, move, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id, host_t *host,
	bool nat)
{
	session_t *session = find(this, unique_id), old;

	if ((int32_t)(unique_id - this->newest) > 0)
	{
		this->newest = unique_id;
	}
	if (!session)
	{
		return FALSE;
	}
	old = *session;
	set_host(session, host, nat);
	return old.family != session->family || old.port != session->port ||
		   !memeq(old.address, session->address, ADDRESS_LEN);
}

METHOD(unique_policy_sessions_t, rekey, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id,
	uint32_t new_id, ike_sa_id_t *ike_sa_id, bool *excess)
{
	session_t *session;

	*excess = FALSE;
	/* it has no claims anymore, as it is up */
	session = ike_sa_table_move(this->sessions, unique_id, new_id);
	if (session)
	{
		*excess = session->excess;
		session->unique_id = new_id;
		set_ike_sa_id(session, ike_sa_id);
	}
	return session && session->state == SESSION_CLOSING;
}

METHOD(unique_policy_sessions_t, release, void,
	private_unique_policy_sessions_t *this, uint32_t unique_id)
{
	session_t *session;

	session = ike_sa_table_take(this->sessions, unique_id);
	if (session)
	{
		remove_session(this, session);
	}
}

METHOD(unique_policy_sessions_t, seen, void,
	private_unique_policy_sessions_t *this, uint32_t unique_id, time_t seen,
	time_t now)
{
	session_t *session = find(this, unique_id);

	if (session)
	{
		session->seen = max(session->seen, seen);
		session->checked = max(session->seen, now);
	}
}

/**
 * Add the sessions of a user that count to an array.
 */
static void collect(user_t *user, u_int max, array_t *sessions)
{
	unique_policy_session_t out;
	session_t *session;

	for (session = user->first; session && array_count(sessions) < max;
		 session = session->next)
	{
		if (counts(session))
		{
			describe(session, &out);
			array_insert(sessions, ARRAY_TAIL, &out);
		}
	}
}

METHOD(unique_policy_sessions_t, get_sessions, u_int,
	private_unique_policy_sessions_t *this, const unique_policy_login_t *login,
	u_int max, array_t *sessions)
{
	unique_policy_session_t out;
	enumerator_t *enumerator;
	session_t *session;
	user_t *user;
	u_int counted = 0;

	if (login)
	{
		user = find_user(this, login);
		if (user)
		{
			collect(user, max, sessions);
			counted = user->counted;
		}
		return counted;
	}
	enumerator = this->sessions->create_enumerator(this->sessions);
	while (enumerator->enumerate(enumerator, NULL, &session))
	{
		if (counts(session) && counted++ < max)
		{
			describe(session, &out);
			array_insert(sessions, ARRAY_TAIL, &out);
		}
	}
	enumerator->destroy(enumerator);
	return counted;
}

METHOD(unique_policy_sessions_t, get_unchecked, void,
	private_unique_policy_sessions_t *this, const unique_policy_login_t *login,
	u_int max, array_t *sessions)
{
	user_t *user = find_user(this, login);
	unique_policy_session_t out;
	session_t *session;

	if (!user)
	{
		return;
	}
	for (session = user->first; session; session = session->next)
	{
		if (counts(session) && session->round != user->round)
		{
			if (array_count(sessions) == max)
			{
				return;
			}
			session->round = user->round;
			describe(session, &out);
			array_insert(sessions, ARRAY_TAIL, &out);
		}
	}
	user->round = !user->round;
}

METHOD(unique_policy_sessions_t, get_session, bool,
	private_unique_policy_sessions_t *this, uint32_t unique_id,
	unique_policy_session_t *out)
{
	session_t *session = find(this, unique_id);

	if (session)
	{
		describe(session, out);
	}
	return session != NULL;
}

METHOD(unique_policy_sessions_t, get_siblings, void,
	private_unique_policy_sessions_t *this, uint32_t unique_id,
	array_t *sessions)
{
	session_t *session = find(this, unique_id);

	if (session && session->state != SESSION_CLOSING)
	{
		collect(session->user, UINT_MAX, sessions);
	}
}

METHOD(unique_policy_sessions_t, may_log, bool,
	private_unique_policy_sessions_t *this, const unique_policy_login_t *login,
	time_t now, u_int *missed)
{
	user_t *user = find_user(this, login);

	*missed = 0;
	if (user)
	{
		if (user->logged && now - user->logged < UNIQUE_POLICY_LOG_INTERVAL)
		{
			user->missed++;
			return FALSE;
		}
		*missed = user->missed;
		user->missed = 0;
		user->logged = now;
	}
	return TRUE;
}

METHOD(unique_policy_sessions_t, get_stats, void,
	private_unique_policy_sessions_t *this, unique_policy_stats_t *stats)
{
	*stats = this->stats;
	stats->sessions = this->present;
	stats->identities = this->identities;
}

/**
 * Free a name, callback of hashtable_t.destroy_function().
 */
static void name_destroy(void *value, const void *key)
{
	free(value);
}

METHOD(unique_policy_sessions_t, destroy, void,
	private_unique_policy_sessions_t *this)
{
	enumerator_t *enumerator;
	session_t *session;

	enumerator = this->sessions->create_enumerator(this->sessions);
	while (enumerator->enumerate(enumerator, NULL, &session))
	{
		remove_session(this, session);
	}
	enumerator->destroy(enumerator);
	this->users->destroy(this->users);
	this->sessions->destroy(this->sessions);
	this->names->destroy_function(this->names, name_destroy);
	free(this);
}

void unique_policy_session_clear(unique_policy_session_t *session)
{
	session->remote->destroy(session->remote);
	session->host->destroy(session->host);
	session->ike_sa_id->destroy(session->ike_sa_id);
}

unique_policy_sessions_t *unique_policy_sessions_create()
{
	private_unique_policy_sessions_t *this;

	INIT(this,
		.public = {
			.reserve = _reserve,
			.has_rival = _has_rival,
			.make_room = _make_room,
			.confirm = _confirm,
			.trim = _trim,
			.initial_contact = _initial_contact,
			.move = _move,
			.rekey = _rekey,
			.leave = _leave,
			.release = _release,
			.seen = _seen,
			.get_sessions = _get_sessions,
			.get_unchecked = _get_unchecked,
			.get_session = _get_session,
			.get_siblings = _get_siblings,
			.may_log = _may_log,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.sessions = ike_sa_table_create(),
		.users = hashtable_create(user_hash, user_equals, 64),
		.names = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
	);
	return &this->public;
}
