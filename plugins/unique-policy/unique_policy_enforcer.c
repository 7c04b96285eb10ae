/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_enforcer.h"
#include "unique_policy_actions.h"
#include "unique_policy_chores.h"
#include "unique_policy_events.h"
#include "unique_policy_rules.h"
#include "unique_policy_sessions.h"

#include <offer.h>
#include <daemon.h>
#include <log_limiter.h>
#include <option_value.h>
#include <peer_identity.h>
#include <processing/jobs/callback_job.h>
#include <threading/condvar.h>
#include <threading/mutex.h>

/**
 * How many of the sessions an identity holds are named when one more is
 * rejected.
 */
#define HELD_MAX 5

/**
 * How many of them are checked at a time, which is as often as there may be a
 * line about the identity.
 */
#define PROBE_MAX 32

typedef struct private_unique_policy_enforcer_t
	private_unique_policy_enforcer_t;
typedef struct trim_t trim_t;

struct private_unique_policy_enforcer_t {
	unique_policy_enforcer_t public;
	options_store_t *store;
	/** guards what follows; taken by bus hooks, so only held for lookups */
	mutex_t *mutex;
	unique_policy_sessions_t *sessions;
	/** one of these that were authorized is up, or won't be */
	condvar_t *settled;
	/** what is to be done for those that are up */
	unique_policy_chores_t *chores;
	/** whether the job that looks for inbound traffic is scheduled */
	bool checking;
};

/**
 * Data of the chore that looks for the longest idle session.
 */
struct trim_t {
	private_unique_policy_enforcer_t *this;
	uint32_t unique_id;
};

/**
 * Seconds since a time, for the log.
 */
static u_int age(time_t since, time_t now)
{
	return now > since ? now - since : 0;
}

/**
 * Tell that an IKE_SA has to go.
 */
static void tell_victim(uint32_t unique_id, unique_policy_victim_t *victim)
{
	unique_policy_session_t *old = &victim->session;
	time_t now = time_monotonic(NULL);

	if (victim->reason == UNIQUE_POLICY_LEFTOVER)
	{
		return;
	}
	unique_policy_tell_replaced(old, victim->reason, unique_id);
	switch (victim->reason)
	{
		case UNIQUE_POLICY_LEFTOVER:
			break;
		case UNIQUE_POLICY_SUPERSEDED:
			DBG1(DBG_IKE, "unique-policy: IKE_SA [%u] supersedes [%u] of the "
				 "same client at %#H, which is deleted in %ds", unique_id,
				 old->unique_id, old->host, UNIQUE_POLICY_HANDOVER_TIME);
			break;
		case UNIQUE_POLICY_INITIAL_CONTACT:
			DBG1(DBG_IKE, "unique-policy: IKE_SA [%u] replaces [%u] at %#H, "
				 "established %us ago: received INITIAL_CONTACT", unique_id,
				 old->unique_id, old->host, age(old->established, now));
			break;
		case UNIQUE_POLICY_REPLACED:
			DBG1(DBG_IKE, "unique-policy: IKE_SA [%u] replaces [%u] at %#H, "
				 "established %us ago: limit reached", unique_id,
				 old->unique_id, old->host, age(old->established, now));
			break;
		case UNIQUE_POLICY_TIMED_OUT:
			DBG1(DBG_IKE, "unique-policy: IKE_SA [%u] replaces [%u] at %#H, "
				 "established %us ago: nothing received for %us", unique_id,
				 old->unique_id, old->host, age(old->established, now),
				 age(old->seen, now));
			break;
	}
}

/**
 * Close an IKE_SA that has to go.
 */
static void close_victim(unique_policy_victim_t *victim)
{
	ike_sa_id_t *id = victim->session.ike_sa_id;

	switch (victim->reason)
	{
		case UNIQUE_POLICY_SUPERSEDED:
			unique_policy_delete(id, UNIQUE_POLICY_HANDOVER_TIME);
			break;
		case UNIQUE_POLICY_INITIAL_CONTACT:
			unique_policy_destroy(id);
			break;
		case UNIQUE_POLICY_REPLACED:
		case UNIQUE_POLICY_LEFTOVER:
			unique_policy_evict(id);
			break;
		case UNIQUE_POLICY_TIMED_OUT:
			unique_policy_close(id);
			break;
	}
}

static void victim_destroy(unique_policy_victim_t *victim)
{
	unique_policy_session_clear(&victim->session);
	free(victim);
}

/**
 * Have the IKE_SAs closed that have to go for another one: now or, for bus
 * hooks, by jobs.
 */
static void close_victims(private_unique_policy_enforcer_t *this,
						  uint32_t unique_id, array_t *victims, bool now)
{
	unique_policy_victim_t victim, *later;

	while (array_remove(victims, ARRAY_HEAD, &victim))
	{
		tell_victim(unique_id, &victim);
		if (now || victim.reason == UNIQUE_POLICY_SUPERSEDED)
		{
			close_victim(&victim);
			unique_policy_session_clear(&victim.session);
		}
		else
		{
			later = malloc_thing(unique_policy_victim_t);
			*later = victim;
			this->chores->add(this->chores, unique_id,
					UNIQUE_POLICY_CHORE_ANYBODY, (void*)close_victim, later,
					(void*)victim_destroy);
		}
	}
	array_destroy(victims);
}

/**
 * Get the time of the last inbound packet of a session up to date. Checks out
 * its IKE_SA.
 *
 * @param usage		gets more, to be cleared
 */
static void look(private_unique_policy_enforcer_t *this,
				 unique_policy_session_t *session, unique_policy_usage_t *usage)
{
	memset(usage, 0, sizeof(*usage));
	if (!session->established ||
		this->chores->pending(this->chores, session->unique_id))
	{	/* it is about to be up or just is, and its thread may wait until
		 * others are gone: two of these would wait for each other */
		return;
	}
	unique_policy_get_usage(session->ike_sa_id, usage);
	session->seen = max(session->seen, usage->inbound);
	this->mutex->lock(this->mutex);
	this->sessions->seen(this->sessions, session->unique_id, usage->inbound,
						 time_monotonic(NULL));
	this->mutex->unlock(this->mutex);
}

/**
 * Get the time of the last inbound packet of sessions up to date.
 */
static void update_seen(private_unique_policy_enforcer_t *this,
						array_t *sessions)
{
	enumerator_t *enumerator;
	unique_policy_session_t *session;
	unique_policy_usage_t usage;

	enumerator = array_create_enumerator(sessions);
	while (enumerator->enumerate(enumerator, &session))
	{
		look(this, session, &usage);
		unique_policy_usage_clear(&usage);
	}
	enumerator->destroy(enumerator);
}

/**
 * Destroy an array of sessions.
 */
static void sessions_destroy(array_t *sessions)
{
	array_destroy_function(sessions,
						   (array_callback_t)unique_policy_session_clear, NULL);
}

/**
 * Get all sessions that count.
 */
static array_t *collect(private_unique_policy_enforcer_t *this)
{
	array_t *sessions;

	sessions = array_create(sizeof(unique_policy_session_t), 0);
	this->mutex->lock(this->mutex);
	this->sessions->get_sessions(this->sessions, NULL, UINT_MAX, sessions);
	this->mutex->unlock(this->mutex);
	return sessions;
}

/**
 * Find out which siblings have been idle longest, and which of them have to go.
 */
static void find_idle(private_unique_policy_enforcer_t *this,
					  uint32_t unique_id, array_t *victims)
{
	array_t *sessions;

	sessions = array_create(sizeof(unique_policy_session_t), 0);
	this->mutex->lock(this->mutex);
	this->sessions->get_siblings(this->sessions, unique_id, sessions);
	this->mutex->unlock(this->mutex);
	update_seen(this, sessions);
	sessions_destroy(sessions);

	this->mutex->lock(this->mutex);
	this->sessions->trim(this->sessions, unique_id, victims);
	this->settled->broadcast(this->settled);
	this->mutex->unlock(this->mutex);
}

/**
 * Let IKE_SAs go until the limit is met, longest idle first.
 */
static void trim_idle(trim_t *trim)
{
	array_t *victims;

	victims = array_create(sizeof(unique_policy_victim_t), 0);
	find_idle(trim->this, trim->unique_id, victims);
	close_victims(trim->this, trim->unique_id, victims, TRUE);
}

/**
 * Have a job do that to the siblings of a session.
 */
static void queue_trim(private_unique_policy_enforcer_t *this,
					   uint32_t unique_id)
{
	trim_t *trim;

	INIT(trim,
		.this = this,
		.unique_id = unique_id,
	);
	this->chores->add(this->chores, unique_id, UNIQUE_POLICY_CHORE_JOB,
					  (void*)trim_idle, trim, free);
}

/**
 * Job: look for inbound traffic of all sessions, so that a silent one is known
 * as such when a login is decided about.
 */
static job_requeue_t check_inbound(private_unique_policy_enforcer_t *this)
{
	unique_policy_settings_t *settings;
	array_t *sessions;
	uint32_t interval;

	settings = this->store->get(this->store);
	interval = unique_policy_check_interval(settings);
	options_unref(settings);

	sessions = array_create(sizeof(unique_policy_session_t), 0);
	this->mutex->lock(this->mutex);
	if (interval)
	{
		this->sessions->get_sessions(this->sessions, NULL, UINT_MAX, sessions);
	}
	this->checking = interval != 0;
	this->mutex->unlock(this->mutex);

	update_seen(this, sessions);
	sessions_destroy(sessions);
	if (interval)
	{
		return JOB_RESCHEDULE(interval);
	}
	return JOB_REQUEUE_NONE;
}

/**
 * Start the job above if the settings need it and it isn't there already.
 */
static void start_checking(private_unique_policy_enforcer_t *this)
{
	unique_policy_settings_t *settings;
	bool start;

	settings = this->store->get(this->store);
	this->mutex->lock(this->mutex);
	start = !this->checking && unique_policy_check_interval(settings);
	this->checking |= start;
	this->mutex->unlock(this->mutex);
	options_unref(settings);

	if (start)
	{
		lib->processor->queue_job(lib->processor,
			(job_t*)callback_job_create((callback_job_cb_t)check_inbound, this,
											NULL, NULL));
	}
}

/**
 * Find the rule for an IKE_SA.
 */
static unique_policy_rule_t *find_rule(unique_policy_settings_t *settings,
									   ike_sa_t *ike_sa,
									   identification_t *remote,
									   array_t *names)
{
	unique_policy_rule_t *rule;
	peer_facts_t peer;

	if (!settings->rules.count)
	{
		return NULL;
	}
	peer_facts_init(&peer, ike_sa, remote, names);
	rule = unique_policy_rule_find(settings, &peer);
	peer_facts_clear(&peer);
	return rule;
}

/**
 * Check that the peers of sessions are there.
 */
static void probe(array_t *sessions)
{
	enumerator_t *enumerator;
	unique_policy_session_t *session;

	enumerator = array_create_enumerator(sessions);
	while (enumerator->enumerate(enumerator, &session))
	{
		unique_policy_probe(session->ike_sa_id);
	}
	enumerator->destroy(enumerator);
}

/**
 * Log a rejection.
 */
static void log_rejected(const unique_policy_login_t *login,
						 unique_policy_rule_t *rule,
						 const unique_policy_terms_t *terms,
						 array_t *sessions, u_int held, u_int missed)
{
	enumerator_t *enumerator;
	unique_policy_session_t *session;
	char list[BUF_LEN] = "", more[LOG_LIMITER_MORE];
	time_t now = time_monotonic(NULL);
	int len = 0;

	enumerator = array_create_enumerator(sessions);
	while (enumerator->enumerate(enumerator, &session))
	{
		len += snprintf(list + len, sizeof(list) - len, "%s[%u] at %#H for %us",
						len ? ", " : "", session->unique_id, session->host,
						age(session->established, now));
		len = min(len, sizeof(list) - 1);
	}
	enumerator->destroy(enumerator);
	log_limiter_more(more, missed, "times");
	DBG1(DBG_IKE, "unique-policy: rejected '%Y' at %#H on connection '%s'%s: "
		 "mode keep, limit %u, held by %s%s; see unique-policy.%s%s%slimit",
		 login->remote, login->host, login->connection, more, terms->limit,
		 list, held > array_count(sessions) ? ", ..." : "",
		 rule ? "rules." : "", rule ? rule->section.name : "",
		 rule ? "." : "");
}

METHOD(unique_policy_enforcer_t, admit, bool,
	private_unique_policy_enforcer_t *this, ike_sa_t *ike_sa)
{
	unique_policy_settings_t *settings;
	unique_policy_terms_t *terms;
	unique_policy_rule_t *rule;
	unique_policy_login_t login;
	identification_t *remote;
	array_t *names, *sessions = NULL, *unchecked = NULL;
	u_int held = 0, missed = 0;
	time_t now = time_monotonic(NULL);
	bool admitted, log = FALSE;

	settings = this->store->get(this->store);
	names = array_create(0, 0);
	remote = peer_identity_get_names(ike_sa, names);
	rule = find_rule(settings, ike_sa, remote, names);
	terms = rule ? &rule->terms : &settings->terms;
	login = (unique_policy_login_t){
		.unique_id = ike_sa->get_unique_id(ike_sa),
		.ike_sa_id = ike_sa->get_id(ike_sa),
		.remote = remote,
		.names = names,
		.local = settings->match == UNIQUE_POLICY_MATCH_IDENTITY_LOCAL ?
									ike_sa->get_my_id(ike_sa) : NULL,
		.host = ike_sa->get_other_host(ike_sa),
		.nat = ike_sa->has_condition(ike_sa, COND_NAT_THERE),
		.connection = ike_sa->get_name(ike_sa),
		.rule = rule ? rule->section.name : NULL,
		.initial_contact = ike_sa->has_condition(ike_sa,
												 COND_INIT_CONTACT_SEEN),
		.initiator = ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR),
	};

	this->mutex->lock(this->mutex);
	admitted = this->sessions->reserve(this->sessions, &login, terms, now);
	if (!admitted)
	{
		log = this->sessions->may_log(this->sessions, &login, now, &missed);
	}
	if (log || (!admitted && control_event_wanted()))
	{
		sessions = array_create(sizeof(unique_policy_session_t), 0);
		held = this->sessions->get_sessions(this->sessions, &login, HELD_MAX,
											sessions);
	}
	if (log)
	{
		unchecked = array_create(sizeof(unique_policy_session_t), 0);
		this->sessions->get_unchecked(this->sessions, &login, PROBE_MAX,
									  unchecked);
	}
	this->mutex->unlock(this->mutex);

	if (log)
	{
		log_rejected(&login, rule, terms, sessions, held, missed);
		probe(unchecked);
		sessions_destroy(unchecked);
	}
	if (sessions)
	{
		unique_policy_tell_rejected(&login, terms->limit, sessions);
		sessions_destroy(sessions);
	}
	DBG2(DBG_IKE, "unique-policy: %s '%Y' at %#H: mode %s, limit %u, rule %s",
		 admitted ? "admitted" : "rejected", login.remote, login.host,
		 unique_policy_modes[terms->mode], terms->limit,
		 rule ? rule->section.name : "(none)");
	remote->destroy(remote);
	array_destroy_offset(names, offsetof(identification_t, destroy));
	options_unref(settings);
	return admitted;
}

METHOD(unique_policy_enforcer_t, make_room, bool,
	private_unique_policy_enforcer_t *this, ike_sa_t *ike_sa)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	array_t *victims;
	timeval_t until;
	bool idle, room, late = FALSE;

	victims = array_create(sizeof(unique_policy_victim_t), 0);
	time_monotonic(&until);
	timeval_add_ms(&until, UNIQUE_POLICY_CHORES_WAIT);
	this->mutex->lock(this->mutex);
	while (this->sessions->has_rival(this->sessions, unique_id, late))
	{
		late = this->settled->timed_wait_abs(this->settled, this->mutex, until);
	}
	idle = this->sessions->make_room(this->sessions, unique_id, victims);
	this->settled->broadcast(this->settled);
	this->mutex->unlock(this->mutex);
	if (idle)
	{
		find_idle(this, unique_id, victims);
	}
	room = array_count(victims) != 0;
	close_victims(this, unique_id, victims, TRUE);
	/* with IKEv1 it may be up already */
	room |= this->chores->finish(this->chores, unique_id);
	/* others may have been checked out, also if not all is done in time */
	charon->bus->set_sa(charon->bus, ike_sa);
	return room;
}

METHOD(unique_policy_enforcer_t, up, void,
	private_unique_policy_enforcer_t *this, uint32_t unique_id)
{
	unique_policy_session_t session;
	array_t *victims;
	bool idle, tell;

	victims = array_create(sizeof(unique_policy_victim_t), 0);
	this->mutex->lock(this->mutex);
	idle = this->sessions->confirm(this->sessions, unique_id,
								   time_monotonic(NULL), victims);
	this->settled->broadcast(this->settled);
	tell = control_event_wanted() &&
		   this->sessions->get_session(this->sessions, unique_id, &session);
	this->mutex->unlock(this->mutex);
	if (tell)
	{
		unique_policy_tell_accepted(&session);
		unique_policy_session_clear(&session);
	}
	close_victims(this, unique_id, victims, FALSE);
	if (idle)
	{
		queue_trim(this, unique_id);
	}
}

/**
 * Get a session whose end is to be told. The caller holds the mutex.
 */
static bool get_left(private_unique_policy_enforcer_t *this, uint32_t unique_id,
					 unique_policy_session_t *session)
{
	if (!control_event_wanted() ||
		!this->sessions->get_session(this->sessions, unique_id, session))
	{
		return FALSE;
	}
	if (!session->counts || !session->established)
	{
		unique_policy_session_clear(session);
		return FALSE;
	}
	return TRUE;
}

/**
 * Take a session from its user, and tell so if it was one.
 *
 * @param take		method of the table that does
 */
static void end_session(private_unique_policy_enforcer_t *this,
						uint32_t unique_id, const char *reason,
						void (*take)(unique_policy_sessions_t*, uint32_t))
{
	unique_policy_session_t session;
	bool left;

	this->mutex->lock(this->mutex);
	left = get_left(this, unique_id, &session);
	take(this->sessions, unique_id);
	this->settled->broadcast(this->settled);
	this->mutex->unlock(this->mutex);
	if (left)
	{
		unique_policy_tell_left(&session, reason);
		unique_policy_session_clear(&session);
	}
}

METHOD(unique_policy_enforcer_t, leave, void,
	private_unique_policy_enforcer_t *this, uint32_t unique_id,
	const char *reason)
{
	end_session(this, unique_id, reason, this->sessions->leave);
}

METHOD(unique_policy_enforcer_t, down, void,
	private_unique_policy_enforcer_t *this, uint32_t unique_id,
	const char *reason)
{
	end_session(this, unique_id, reason, this->sessions->release);
}

METHOD(unique_policy_enforcer_t, rekey, void,
	private_unique_policy_enforcer_t *this, ike_sa_t *old, ike_sa_t *new)
{
	uint32_t new_id = new->get_unique_id(new);
	bool closing, excess;

	this->mutex->lock(this->mutex);
	closing = this->sessions->rekey(this->sessions, old->get_unique_id(old),
									new_id, new->get_id(new), &excess);
	this->mutex->unlock(this->mutex);
	if (excess)
	{
		queue_trim(this, new_id);
	}
	if (closing)
	{	/* a job may have missed the old one already, or will */
		unique_policy_delete(new->get_id(new), UNIQUE_POLICY_REKEYED_TIME);
	}
}

METHOD(unique_policy_enforcer_t, move, void,
	private_unique_policy_enforcer_t *this, ike_sa_t *ike_sa, host_t *host)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	bool moved;

	this->mutex->lock(this->mutex);
	moved = this->sessions->move(this->sessions, unique_id, host,
							ike_sa->has_condition(ike_sa, COND_NAT_THERE));
	this->mutex->unlock(this->mutex);
	if (moved)
	{
		DBG2(DBG_IKE, "unique-policy: IKE_SA [%u] moved to %#H", unique_id,
			 host);
	}
}

METHOD(unique_policy_enforcer_t, initial_contact, bool,
	private_unique_policy_enforcer_t *this, uint32_t unique_id)
{
	array_t *victims;
	bool known;

	victims = array_create(sizeof(unique_policy_victim_t), 0);
	this->mutex->lock(this->mutex);
	known = this->sessions->initial_contact(this->sessions, unique_id, victims);
	this->settled->broadcast(this->settled);
	this->mutex->unlock(this->mutex);
	close_victims(this, unique_id, victims, FALSE);
	return known;
}

METHOD(unique_policy_enforcer_t, get_stats, void,
	private_unique_policy_enforcer_t *this, unique_policy_stats_t *stats)
{
	this->mutex->lock(this->mutex);
	this->sessions->get_stats(this->sessions, stats);
	this->mutex->unlock(this->mutex);
}

/**
 * Log what happened so far.
 */
static void log_stats(private_unique_policy_enforcer_t *this)
{
	unique_policy_stats_t stats;

	get_stats(this, &stats);
	DBG1(DBG_CFG, "unique-policy: %u sessions of %u identities; %u accepted, "
		 "%u rejected; closed: %u replaced, %u superseded, %u by "
		 "INITIAL_CONTACT, %u timed out", stats.sessions, stats.identities,
		 stats.accepted, stats.rejected,
		 stats.victims[UNIQUE_POLICY_REPLACED],
		 stats.victims[UNIQUE_POLICY_SUPERSEDED],
		 stats.victims[UNIQUE_POLICY_INITIAL_CONTACT],
		 stats.victims[UNIQUE_POLICY_TIMED_OUT]);
}

METHOD(unique_policy_enforcer_t, reload, void,
	private_unique_policy_enforcer_t *this)
{
	start_checking(this);
	log_stats(this);
}

METHOD(unique_policy_enforcer_t, list, void,
	private_unique_policy_enforcer_t *this,
	void (*cb)(void *data, unique_policy_session_t *session,
			   const unique_policy_usage_t *usage), void *data)
{
	unique_policy_session_t session;
	unique_policy_usage_t usage;
	array_t *sessions;

	sessions = collect(this);
	while (array_remove(sessions, ARRAY_HEAD, &session))
	{
		look(this, &session, &usage);
		cb(data, &session, &usage);
		unique_policy_usage_clear(&usage);
		unique_policy_session_clear(&session);
	}
	array_destroy(sessions);
}

/**
 * Close the sessions that one of these is true of.
 *
 * @param id		identity, or NULL
 * @param host		address, or NULL
 * @param unique_id	unique ID of the IKE_SA
 * @return			number of sessions
 */
static u_int terminate_some(private_unique_policy_enforcer_t *this,
							identification_t *id, host_t *host,
							uint32_t unique_id,
							void (*cb)(void *data, uint32_t unique_id),
							void *data)
{
	unique_policy_session_t session;
	array_t *sessions;
	u_int count = 0;

	sessions = collect(this);
	while (array_remove(sessions, ARRAY_HEAD, &session))
	{
		if (session.unique_id == unique_id ||
			(id && peer_identity_equals(session.remote, id)) ||
			(host && session.host->ip_equals(session.host, host)))
		{
			unique_policy_evict(session.ike_sa_id);
			cb(data, session.unique_id);
			count++;
		}
		unique_policy_session_clear(&session);
	}
	array_destroy(sessions);
	return count;
}

METHOD(unique_policy_enforcer_t, terminate, void,
	private_unique_policy_enforcer_t *this, char *name, uint32_t unique_id,
	void (*cb)(void *data, uint32_t unique_id), void *data)
{
	identification_t *id;
	host_t *host;

	if (!name)
	{
		terminate_some(this, NULL, NULL, unique_id, cb, data);
		return;
	}
	id = identification_create_from_string(name);
	host = host_create_from_string(name, 0);
	if (!terminate_some(this, id, host, 0, cb, data) &&
		option_number_parse(name, 1, UINT32_MAX, &unique_id))
	{
		terminate_some(this, NULL, NULL, unique_id, cb, data);
	}
	DESTROY_IF(host);
	id->destroy(id);
}

METHOD(unique_policy_enforcer_t, destroy, void,
	private_unique_policy_enforcer_t *this)
{
	log_stats(this);
	this->chores->destroy(this->chores);
	this->sessions->destroy(this->sessions);
	this->settled->destroy(this->settled);
	this->mutex->destroy(this->mutex);
	free(this);
}

unique_policy_enforcer_t *unique_policy_enforcer_create(options_store_t *store)
{
	private_unique_policy_enforcer_t *this;

	INIT(this,
		.public = {
			.admit = _admit,
			.make_room = _make_room,
			.up = _up,
			.leave = _leave,
			.down = _down,
			.rekey = _rekey,
			.move = _move,
			.initial_contact = _initial_contact,
			.reload = _reload,
			.list = _list,
			.terminate = _terminate,
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.store = store,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.settled = condvar_create(CONDVAR_TYPE_DEFAULT),
		.sessions = unique_policy_sessions_create(),
		.chores = unique_policy_chores_create(),
	);
	start_checking(this);
	return &this->public;
}
