/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "accounting_sessions.h"

#include <ike_sa_table.h>
#include <peer_identity.h>
#include <threading/mutex.h>

typedef struct private_accounting_sessions_t private_accounting_sessions_t;
typedef struct sa_t sa_t;

struct private_accounting_sessions_t {
	accounting_sessions_t public;
	/** guards what follows, and what changes of sessions */
	mutex_t *mutex;
	/** by IKE_SA */
	hashtable_t *sessions;
	/** the latest of each client, with a reference; key and value are one */
	hashtable_t *clients;
	/** those that have ended, in that order, until they aren't looked for among
	 * clients any more; with a reference */
	linked_list_t *ended;
	/** sa_t, key and value are one */
	hashtable_t *sas;
	/** whether anybody has asked for days, which aren't counted before */
	bool by_day;
	accounting_days_t *days;
};

/**
 * An IPsec SA.
 */
struct sa_t {
	kernel_ipsec_sa_id_t id;
	/** whom it is counted for, with a reference */
	accounting_session_t *session;
	bool inbound;
	/** what was read last */
	uint64_t bytes;
	uint64_t packets;
};

/**
 * Implementation of hashtable_hash_t.
 */
static u_int sa_hash(const void *key)
{
	const kernel_ipsec_sa_id_t *id = key;

	return id->spi;
}

/**
 * Implementation of hashtable_equals_t: as the kernel tells them apart.
 */
static bool sa_equals(const void *a, const void *b)
{
	const kernel_ipsec_sa_id_t *x = a, *y = b;

	return x->spi == y->spi && x->proto == y->proto &&
		   x->dst->ip_equals(x->dst, y->dst);
}

static void sa_destroy(sa_t *sa)
{
	sa->id.src->destroy(sa->id.src);
	sa->id.dst->destroy(sa->id.dst);
	accounting_session_unref(sa->session);
	free(sa);
}

/**
 * Get where the peer of a session is.
 */
static host_t *get_host(const accounting_session_t *session)
{
	accounting_place_t place;

	array_get(session->state.places, ARRAY_TAIL, &place);
	return place.host;
}

/**
 * Implementation of hashtable_hash_t.
 */
static u_int client_hash(const void *key)
{
	const accounting_session_t *session = key;
	host_t *host = get_host(session);

	return peer_identity_hash(session->user,
							  chunk_hash(host->get_address(host)));
}

/**
 * Implementation of hashtable_equals_t.
 */
static bool client_equals(const void *a, const void *b)
{
	const accounting_session_t *x = a, *y = b;
	host_t *host = get_host(x);

	return host->ip_equals(host, get_host(y)) &&
		   streq(x->connection, y->connection) &&
		   peer_identity_equals(x->user, y->user);
}

/**
 * Take a session from the latest ones of clients, if it is one. Called with the
 * lock.
 */
static bool forget_client(private_accounting_sessions_t *this,
						  accounting_session_t *session)
{
	if (this->clients->get(this->clients, session) != session)
	{
		return FALSE;
	}
	this->clients->remove(this->clients, session);
	accounting_session_unref(session);
	return TRUE;
}

/**
 * Make a session the latest one of its client. Called with the lock.
 */
static void note_client(private_accounting_sessions_t *this,
						accounting_session_t *session)
{
	accounting_session_t *before;

	before = this->clients->put(this->clients, session,
								accounting_session_ref(session));
	if (before)
	{
		accounting_session_unref(before);
	}
}

/**
 * Forget sessions that ended some time ago. Called with the lock.
 */
static void forget_ended(private_accounting_sessions_t *this)
{
	accounting_session_t *session;
	time_t now = time_monotonic(NULL);

	while (this->ended->get_first(this->ended, (void**)&session) == SUCCESS &&
		   session->state.end_monotonic + ACCOUNTING_LINK_TIME < now)
	{
		this->ended->remove_first(this->ended, (void**)&session);
		forget_client(this, session);
		accounting_session_unref(session);
	}
}

/**
 * Begin to count a session for the day of its user. Called with the lock.
 */
static void begin_day(private_accounting_sessions_t *this,
					  accounting_session_t *session)
{
	session->day = this->days->get(this->days, session->user);
	session->counted = session->start_monotonic;
}

METHOD(accounting_sessions_t, add, accounting_session_t*,
	private_accounting_sessions_t *this, accounting_session_t *session)
{
	accounting_session_t *before;
	uint32_t unique_id = session->state.unique_id;

	this->mutex->lock(this->mutex);
	if (ike_sa_table_get(this->sessions, unique_id))
	{
		this->mutex->unlock(this->mutex);
		accounting_session_unref(session);
		return NULL;
	}
	forget_ended(this);
	before = this->clients->get(this->clients, session);
	if (before)
	{
		session->previous = strdup(before->id);
		if (!before->limit)
		{	/* else a client that always comes back would never get in */
			accounting_session_go_on(session, before);
		}
	}
	note_client(this, session);
	if (this->by_day)
	{
		begin_day(this, session);
	}
	ike_sa_table_put(this->sessions, unique_id, session);
	accounting_session_ref(session);
	this->mutex->unlock(this->mutex);
	return session;
}

METHOD(accounting_sessions_t, has, bool,
	private_accounting_sessions_t *this, uint32_t unique_id)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = ike_sa_table_get(this->sessions, unique_id) != NULL;
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * Turn to today, and count the time of a session for the day of its user.
 * Called with the lock.
 */
static void count_time(private_accounting_sessions_t *this,
					   accounting_session_t *session)
{
	time_t now = time_monotonic(NULL), today;
	struct tm tm;

	accounting_hours_now(&tm);
	this->days->turn(this->days, &tm);
	today = tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
	session->day->seconds += min(now - session->counted, today);
	session->counted = now;
}

/**
 * Note the end of a session. Called with the lock.
 */
static void set_end(private_accounting_sessions_t *this,
					accounting_session_t *session, const char *reason,
					const char *by, time_t now)
{
	if (!session->state.end)
	{
		if (session->day)
		{
			count_time(this, session);
		}
		session->state.end = now;
		session->state.end_monotonic = time_monotonic(NULL);
		session->state.reason = reason;
		session->state.by = by;
	}
}

METHOD(accounting_sessions_t, end, void,
	private_accounting_sessions_t *this, uint32_t unique_id, const char *reason,
	const char *by, time_t now)
{
	accounting_session_t *session;

	this->mutex->lock(this->mutex);
	session = ike_sa_table_get(this->sessions, unique_id);
	if (session)
	{
		set_end(this, session, reason, by, now);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, take, accounting_session_t*,
	private_accounting_sessions_t *this, uint32_t unique_id)
{
	accounting_session_t *session;

	this->mutex->lock(this->mutex);
	session = ike_sa_table_take(this->sessions, unique_id);
	if (session)
	{
		this->ended->insert_last(this->ended, accounting_session_ref(session));
		forget_ended(this);
	}
	this->mutex->unlock(this->mutex);
	return session;
}

METHOD(accounting_sessions_t, rekey, void,
	private_accounting_sessions_t *this, uint32_t from, uint32_t to)
{
	accounting_session_t *session;

	this->mutex->lock(this->mutex);
	session = ike_sa_table_move(this->sessions, from, to);
	if (session)
	{
		session->state.unique_id = to;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, migrate, void,
	private_accounting_sessions_t *this, uint32_t from, uint32_t to)
{
	accounting_session_t *old, *new;
	enumerator_t *enumerator;
	sa_t *sa;

	this->mutex->lock(this->mutex);
	old = ike_sa_table_get(this->sessions, from);
	new = ike_sa_table_get(this->sessions, to);
	if (old && new && old->sas)
	{	/* of a client that reauthenticates with IKEv1: not worth an index */
		enumerator = this->sas->create_enumerator(this->sas);
		while (enumerator->enumerate(enumerator, NULL, &sa))
		{
			if (sa->session == old)
			{
				sa->session = accounting_session_ref(new);
				accounting_session_unref(old);
				old->sas--;
				new->sas++;
			}
		}
		enumerator->destroy(enumerator);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, move, void,
	private_accounting_sessions_t *this, uint32_t unique_id, host_t *host,
	time_t now)
{
	accounting_session_t *session;
	bool latest;

	this->mutex->lock(this->mutex);
	session = ike_sa_table_get(this->sessions, unique_id);
	if (session && !host->equals(host, get_host(session)))
	{
		latest = forget_client(this, session);
		accounting_session_move(session, host, now);
		if (latest)
		{
			note_client(this, session);
		}
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, set_vips, void,
	private_accounting_sessions_t *this, uint32_t unique_id, array_t *vips)
{
	accounting_session_t *session;

	this->mutex->lock(this->mutex);
	session = ike_sa_table_get(this->sessions, unique_id);
	if (session)
	{
		accounting_session_set_vips(session, vips);
	}
	this->mutex->unlock(this->mutex);
	if (!session)
	{
		array_destroy_offset(vips, offsetof(host_t, destroy));
	}
}

/**
 * Take an IPsec SA from its session. Called with the lock.
 */
static void drop_sa(private_accounting_sessions_t *this,
					kernel_ipsec_sa_id_t *id)
{
	sa_t *sa = this->sas->remove(this->sas, id);

	if (sa)
	{
		sa->session->sas--;
		sa_destroy(sa);
	}
}

METHOD(accounting_sessions_t, add_sa, void,
	private_accounting_sessions_t *this, uint32_t unique_id,
	kernel_ipsec_sa_id_t *id, bool inbound)
{
	accounting_session_t *session;
	sa_t *sa;

	this->mutex->lock(this->mutex);
	session = ike_sa_table_get(this->sessions, unique_id);
	if (session)
	{
		drop_sa(this, id);
		INIT(sa,
			.id = *id,
			.session = accounting_session_ref(session),
			.inbound = inbound,
		);
		sa->id.src = id->src->clone(id->src);
		sa->id.dst = id->dst->clone(id->dst);
		session->sas++;
		this->sas->put(this->sas, &sa->id, sa);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, has_sa, bool,
	private_accounting_sessions_t *this, kernel_ipsec_sa_id_t *id)
{
	bool found;

	this->mutex->lock(this->mutex);
	found = this->sas->get(this->sas, id) != NULL;
	this->mutex->unlock(this->mutex);
	return found;
}

/**
 * How much a counter has grown, which may have begun again.
 */
static uint64_t grown(uint64_t *last, uint64_t now)
{
	uint64_t before = *last;

	*last = now;
	return now >= before ? now - before : now;
}

METHOD(accounting_sessions_t, count, void,
	private_accounting_sessions_t *this, kernel_ipsec_sa_id_t *id,
	uint64_t bytes, uint64_t packets)
{
	accounting_state_t *state;
	uint64_t more;
	sa_t *sa;

	this->mutex->lock(this->mutex);
	sa = this->sas->get(this->sas, id);
	if (sa)
	{
		state = &sa->session->state;
		more = grown(&sa->bytes, bytes);
		state->usage.bytes[sa->inbound] += more;
		state->usage.packets[sa->inbound] += grown(&sa->packets, packets);
		sa->session->total->bytes += more;
		if (sa->session->day)
		{
			sa->session->day->bytes += more;
		}
		if (more)
		{
			state->used = time_monotonic(NULL);
		}
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, move_sa, void,
	private_accounting_sessions_t *this, kernel_ipsec_sa_id_t *id, host_t *src,
	host_t *dst)
{
	sa_t *sa;

	this->mutex->lock(this->mutex);
	sa = this->sas->remove(this->sas, id);
	if (sa)
	{
		sa->id.src->destroy(sa->id.src);
		sa->id.dst->destroy(sa->id.dst);
		sa->id.src = src->clone(src);
		sa->id.dst = dst->clone(dst);
		drop_sa(this, &sa->id);
		this->sas->put(this->sas, &sa->id, sa);
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, remove_sa, void,
	private_accounting_sessions_t *this, kernel_ipsec_sa_id_t *id)
{
	this->mutex->lock(this->mutex);
	drop_sa(this, id);
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, get_use, uint32_t,
	private_accounting_sessions_t *this, accounting_session_t *session,
	accounting_use_t *use)
{
	uint32_t unique_id;
	time_t now;

	this->mutex->lock(this->mutex);
	unique_id = session->state.end ? 0 : session->state.unique_id;
	if (unique_id)
	{
		if (!session->day)
		{	/* it was there before the rules were */
			begin_day(this, session);
		}
		count_time(this, session);
	}
	/* not before anything that was noted */
	now = time_monotonic(NULL);
	*use = (accounting_use_t){
		.duration = now - session->total->start_monotonic,
		.idle = now - session->state.used,
		.bytes = session->total->bytes,
		.day_duration = session->day ? session->day->seconds : 0,
		.day_bytes = session->day ? session->day->bytes : 0,
	};
	this->mutex->unlock(this->mutex);
	accounting_hours_now(&use->now);
	return unique_id;
}

METHOD(accounting_sessions_t, get_day, void,
	private_accounting_sessions_t *this, identification_t *user,
	accounting_use_t *use)
{
	const accounting_day_t *day;

	*use = (accounting_use_t){};
	accounting_hours_now(&use->now);
	this->mutex->lock(this->mutex);
	this->by_day = TRUE;
	this->days->turn(this->days, &use->now);
	day = this->days->find(this->days, user);
	if (day)
	{
		use->day_duration = day->seconds;
		use->day_bytes = day->bytes;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(accounting_sessions_t, limit_, bool,
	private_accounting_sessions_t *this, accounting_session_t *session,
	const char *limit)
{
	bool first;

	this->mutex->lock(this->mutex);
	first = !session->limit;
	if (first)
	{
		session->limit = strdup(limit);
	}
	this->mutex->unlock(this->mutex);
	return first;
}

METHOD(accounting_sessions_t, get_sas, array_t*,
	private_accounting_sessions_t *this)
{
	enumerator_t *enumerator;
	kernel_ipsec_sa_id_t id;
	array_t *sas;
	sa_t *sa;

	sas = array_create(sizeof(kernel_ipsec_sa_id_t), 0);
	this->mutex->lock(this->mutex);
	enumerator = this->sas->create_enumerator(this->sas);
	while (enumerator->enumerate(enumerator, NULL, &sa))
	{
		id = sa->id;
		id.src = id.src->clone(id.src);
		id.dst = id.dst->clone(id.dst);
		array_insert(sas, ARRAY_TAIL, &id);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return sas;
}

METHOD(accounting_sessions_t, get_all, array_t*,
	private_accounting_sessions_t *this)
{
	accounting_session_t *session;
	enumerator_t *enumerator;
	array_t *all;

	all = array_create(0, 0);
	this->mutex->lock(this->mutex);
	enumerator = this->sessions->create_enumerator(this->sessions);
	while (enumerator->enumerate(enumerator, NULL, &session))
	{
		array_insert(all, ARRAY_TAIL, accounting_session_ref(session));
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return all;
}

METHOD(accounting_sessions_t, get_state, u_int,
	private_accounting_sessions_t *this, accounting_session_t *session,
	accounting_state_t *state)
{
	u_int sas;

	this->mutex->lock(this->mutex);
	accounting_session_get_state(session, state);
	sas = session->sas;
	this->mutex->unlock(this->mutex);
	return sas;
}

METHOD(accounting_sessions_t, get_count, u_int,
	private_accounting_sessions_t *this)
{
	u_int count;

	this->mutex->lock(this->mutex);
	count = this->sessions->get_count(this->sessions);
	this->mutex->unlock(this->mutex);
	return count;
}

/**
 * Implementation of hashtable's destroy_function.
 */
static void unref_client(void *value, const void *key)
{
	accounting_session_unref(value);
}

/**
 * Likewise.
 */
static void destroy_sa(void *value, const void *key)
{
	sa_destroy(value);
}

METHOD(accounting_sessions_t, destroy, void,
	private_accounting_sessions_t *this)
{
	this->sas->destroy_function(this->sas, destroy_sa);
	this->clients->destroy_function(this->clients, unref_client);
	this->ended->destroy_function(this->ended,
								  (void*)accounting_session_unref);
	ike_sa_table_destroy(this->sessions, (void*)accounting_session_unref);
	this->days->destroy(this->days);
	this->mutex->destroy(this->mutex);
	free(this);
}

accounting_sessions_t *accounting_sessions_create()
{
	private_accounting_sessions_t *this;

	/* so that no bus hook has to read a file */
	tzset();
	INIT(this,
		.public = {
			.add = _add,
			.has = _has,
			.end = _end,
			.take = _take,
			.rekey = _rekey,
			.migrate = _migrate,
			.move = _move,
			.set_vips = _set_vips,
			.add_sa = _add_sa,
			.has_sa = _has_sa,
			.count = _count,
			.move_sa = _move_sa,
			.remove_sa = _remove_sa,
			.get_use = _get_use,
			.get_day = _get_day,
			.limit = _limit_,
			.get_sas = _get_sas,
			.get_all = _get_all,
			.get_state = _get_state,
			.get_count = _get_count,
			.destroy = _destroy,
		},
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.sessions = ike_sa_table_create(),
		.clients = hashtable_create(client_hash, client_equals, 32),
		.ended = linked_list_create(),
		.sas = hashtable_create(sa_hash, sa_equals, 32),
		.days = accounting_days_create(),
	);
	return &this->public;
}
