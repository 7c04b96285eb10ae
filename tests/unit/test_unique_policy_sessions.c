/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unique_policy_sessions.h>

#define NAT TRUE
#define IC TRUE

static unique_policy_sessions_t *sessions;

/** when things happen, advanced by tests as they like */
static time_t now;

static void setup()
{
	sessions = unique_policy_sessions_create();
	now = 1000;
}

static void teardown()
{
	sessions->destroy(sessions);
}

static unique_policy_terms_t terms(unique_policy_t mode, uint32_t limit)
{
	return (unique_policy_terms_t){ .mode = mode, .limit = limit };
}

/** what an attempt to log in looks like, with defaults for most */
typedef struct {
	char *user;
	char *local;
	char *addr;
	uint16_t port;
	char *connection;
	char *rule;
	bool nat;
	bool ic;
	bool initiator;
	bool ikev1;
	/** other names in the certificate */
	char *names[3];
} attempt_t;

static bool attempt(uint32_t id, attempt_t a, unique_policy_terms_t t)
{
	unique_policy_login_t login = {
		.unique_id = id,
		.ike_sa_id = ike_sa_id_create(a.ikev1 ? 1 : 2, 0x100 + id,
									  0x200 + id, FALSE),
		.remote = identification_create_from_string(a.user ?: "alice"),
		.local = a.local ? identification_create_from_string(a.local) : NULL,
		.host = host_create_from_string(a.addr, a.port ?: 4500),
		.connection = a.connection ?: "rw",
		.rule = a.rule,
		.nat = a.nat,
		.initial_contact = a.ic,
		.initiator = a.initiator,
	};
	identification_t *name;
	bool accepted;
	u_int i;

	for (i = 0; i < countof(a.names) && a.names[i]; i++)
	{
		name = identification_create_from_string(a.names[i]);
		array_insert_create(&login.names, ARRAY_TAIL, name);
	}
	accepted = sessions->reserve(sessions, &login, &t, now);

	array_destroy_offset(login.names, offsetof(identification_t, destroy));
	login.ike_sa_id->destroy(login.ike_sa_id);
	login.remote->destroy(login.remote);
	DESTROY_IF(login.local);
	login.host->destroy(login.host);
	return accepted;
}

/**
 * Compare victims to an expected list of (unique ID, reason), ended by 0.
 */
static void assert_victims(array_t *victims, ...)
{
	unique_policy_victim_t *victim;
	enumerator_t *enumerator;
	va_list args;
	uint32_t id;

	va_start(args, victims);
	enumerator = array_create_enumerator(victims);
	while (enumerator->enumerate(enumerator, &victim))
	{
		id = va_arg(args, uint32_t);
		ck_assert_uint_eq(victim->session.unique_id, id);
		ck_assert_int_eq(victim->reason, va_arg(args, int));
		/* the IKE_SA is found by these */
		ck_assert(victim->session.ike_sa_id->get_initiator_spi(
									victim->session.ike_sa_id) == 0x100 + id);
		ck_assert(victim->session.ike_sa_id->get_responder_spi(
									victim->session.ike_sa_id) == 0x200 + id);
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_eq(va_arg(args, uint32_t), 0);
	va_end(args);
	array_destroy_function(victims,
						   (array_callback_t)unique_policy_session_clear, NULL);
}

static bool last_confirm;

static array_t *confirm(uint32_t id)
{
	array_t *victims = array_create(sizeof(unique_policy_victim_t), 0);

	last_confirm = sessions->confirm(sessions, id, now, victims);
	return victims;
}

static bool last_make_room;

static array_t *make_room(uint32_t id)
{
	array_t *victims = array_create(sizeof(unique_policy_victim_t), 0);

	last_make_room = sessions->make_room(sessions, id, victims);
	return victims;
}

static array_t *trim(uint32_t id)
{
	array_t *victims = array_create(sizeof(unique_policy_victim_t), 0);

	sessions->trim(sessions, id, victims);
	return victims;
}

static array_t *initial_contact(uint32_t id, bool known)
{
	array_t *victims = array_create(sizeof(unique_policy_victim_t), 0);

	ck_assert(sessions->initial_contact(sessions, id, victims) == known);
	return victims;
}

/**
 * Log in for good, expecting that nobody has to go.
 */
static void establish(uint32_t id, attempt_t a, unique_policy_terms_t t)
{
	ck_assert(attempt(id, a, t));
	assert_victims(confirm(id), 0);
}

/**
 * Number of sessions that count for a user.
 */
static u_int held(char *user)
{
	unique_policy_login_t login = {
		.remote = identification_create_from_string(user),
	};
	array_t *list = array_create(sizeof(unique_policy_session_t), 0);
	u_int count;

	count = sessions->get_sessions(sessions, &login, UINT_MAX, list);
	ck_assert_uint_eq(count, array_count(list));
	array_destroy_function(list,
						   (array_callback_t)unique_policy_session_clear, NULL);
	login.remote->destroy(login.remote);
	return count;
}

static unique_policy_stats_t stats()
{
	unique_policy_stats_t s;

	sessions->get_stats(sessions, &s);
	return s;
}

/** names of two certificates that share the last one */
#define ALICE .names = { "alice", "phone", "team" }
#define BOB .names = { "bob", "team" }
#define CARL .names = { "carl", "tablet" }

START_TEST(test_names)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	/* whoever shares a name is somebody else, unless that is used */
	establish(1, (attempt_t){ "alice", .addr = "10.0.0.1", ALICE }, t);
	establish(2, (attempt_t){ "bob", .addr = "10.0.0.2", BOB }, t);
	ck_assert(!attempt(3, (attempt_t){ "phone", .addr = "10.0.0.3", ALICE },
					   t));
	ck_assert(!attempt(3, (attempt_t){ "team", .addr = "10.0.0.3", BOB }, t));
	ck_assert(!attempt(3, (attempt_t){ "team", .addr = "10.0.0.3", ALICE },
					   t));
	/* without a certificate, and with another one */
	ck_assert(!attempt(3, (attempt_t){ "phone", .addr = "10.0.0.3" }, t));
	ck_assert(!attempt(3, (attempt_t){ "tablet", .addr = "10.0.0.3",
									   .names = { "tablet", "alice" } }, t));
	ck_assert_uint_eq(stats().identities, 2);
	sessions->release(sessions, 1);
	ck_assert_uint_eq(stats().identities, 1);
	/* the name that is used takes the place of the one that isn't */
	establish(3, (attempt_t){ "phone", .addr = "10.0.0.3" }, t);
	ck_assert(!attempt(4, (attempt_t){ "alice", .addr = "10.0.0.4", ALICE },
					   t));
	sessions->release(sessions, 2);
	sessions->release(sessions, 3);
	ck_assert_uint_eq(stats().identities, 0);
	establish(4, (attempt_t){ "team", .addr = "10.0.0.4", BOB }, t);
	ck_assert(!attempt(5, (attempt_t){ "alice", .addr = "10.0.0.5", ALICE },
					   t));
}
END_TEST

START_TEST(test_names_contact)
{
	unique_policy_terms_t no = terms(UNIQUE_NO, 1);
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 2);

	/* as with charon: it is said for one name, of one host with two of them */
	establish(1, (attempt_t){ "alice", .addr = "10.0.0.1", ALICE }, no);
	establish(2, (attempt_t){ "phone", .addr = "10.0.0.1", ALICE, .ic = TRUE },
			  no);
	establish(3, (attempt_t){ "carl", .addr = "10.0.0.1", CARL }, t);
	establish(4, (attempt_t){ "tablet", .addr = "10.0.0.1", CARL }, t);
	ck_assert(attempt(5, (attempt_t){ "carl", .addr = "10.0.0.2", CARL }, t));
	assert_victims(confirm(5), 3, UNIQUE_POLICY_REPLACED, 0);
}
END_TEST

START_TEST(test_replace)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	/* not before the new one is up */
	ck_assert_uint_eq(held("alice"), 2);
	assert_victims(confirm(2), 1, UNIQUE_POLICY_REPLACED, 0);
	ck_assert_uint_eq(held("alice"), 1);
	ck_assert_uint_eq(stats().sessions, 1);
	sessions->release(sessions, 1);
	ck_assert_uint_eq(stats().sessions, 1);
}
END_TEST

START_TEST(test_replace_across)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1", .connection = "v4" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "fd00::1", .connection = "v6" },
					  t));
	assert_victims(confirm(2), 1, UNIQUE_POLICY_REPLACED, 0);
	/* somebody else is somebody else */
	establish(3, (attempt_t){ .addr = "10.0.0.3", .user = "bob" }, t);
}
END_TEST

START_TEST(test_replace_oldest)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 3);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	/* reserved first, but established last */
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	establish(3, (attempt_t){ .addr = "10.0.0.3" }, t);
	establish(4, (attempt_t){ .addr = "10.0.0.4" }, t);
	assert_victims(confirm(2), 1, UNIQUE_POLICY_REPLACED, 0);
	ck_assert(attempt(5, (attempt_t){ .addr = "10.0.0.5" }, t));
	assert_victims(confirm(5), 3, UNIQUE_POLICY_REPLACED, 0);
	/* a lower limit after a reload */
	t.limit = 1;
	ck_assert(attempt(6, (attempt_t){ .addr = "10.0.0.6" }, t));
	assert_victims(confirm(6), 4, UNIQUE_POLICY_REPLACED,
				   2, UNIQUE_POLICY_REPLACED, 5, UNIQUE_POLICY_REPLACED, 0);
}
END_TEST

START_TEST(test_replace_idle)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 3);

	t.evict = UNIQUE_POLICY_EVICT_IDLE;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.2" }, t);
	establish(3, (attempt_t){ .addr = "10.0.0.3" }, t);
	now += 100;
	sessions->seen(sessions, 1, now - 10, now);
	sessions->seen(sessions, 2, now - 20, now);
	sessions->seen(sessions, 3, now - 20, now);
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.4" }, t));
	assert_victims(confirm(4), 0);
	ck_assert(last_confirm);
	/* of two that are as idle, the older one */
	assert_victims(trim(4), 2, UNIQUE_POLICY_REPLACED, 0);
	assert_victims(trim(4), 0);
	ck_assert_uint_eq(held("alice"), 3);
}
END_TEST

START_TEST(test_replace_idle_gone)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	t.evict = UNIQUE_POLICY_EVICT_IDLE;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(2), 0);
	ck_assert(last_confirm);
	/* it went while the idle times were looked up */
	sessions->release(sessions, 2);
	assert_victims(trim(2), 0);
	ck_assert_uint_eq(held("alice"), 1);
}
END_TEST

/** Who has to go itself while idle times are looked up takes nobody along. */
START_TEST(test_replace_idle_closing)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	t.evict = UNIQUE_POLICY_EVICT_IDLE;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(2), 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	assert_victims(confirm(3), 0);
	assert_victims(trim(3), 1, UNIQUE_POLICY_REPLACED,
				   2, UNIQUE_POLICY_REPLACED, 0);
	assert_victims(trim(2), 0);
	ck_assert_uint_eq(held("alice"), 1);
}
END_TEST

/** Who goes before the new one is given an address, and that nobody is left
 * for when it is up. */
START_TEST(test_make_room)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 2);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	assert_victims(make_room(1), 0);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(make_room(2), 0);
	assert_victims(confirm(2), 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	assert_victims(make_room(3), 1, UNIQUE_POLICY_REPLACED, 0);
	assert_victims(make_room(3), 0);
	assert_victims(confirm(3), 0);
	ck_assert_uint_eq(held("alice"), 2);
	assert_victims(make_room(99), 0);

	t = terms(UNIQUE_NO, 1);
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.4", .ic = IC }, t));
	assert_victims(make_room(4), 2, UNIQUE_POLICY_INITIAL_CONTACT,
				   3, UNIQUE_POLICY_INITIAL_CONTACT, 0);
	assert_victims(confirm(4), 0);
}
END_TEST

/** What the same client has may be handed over, unless it says it is gone. */
START_TEST(test_make_room_successor)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	assert_victims(make_room(2), 0);
	assert_victims(confirm(2), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1", .ic = IC }, t));
	assert_victims(make_room(3), 2, UNIQUE_POLICY_INITIAL_CONTACT, 0);
	assert_victims(confirm(3), 0);

	/* of the other's places, both are up: one too many */
	t.limit = 2;
	establish(4, (attempt_t){ .addr = "10.0.0.2" }, t);
	t.limit = 1;
	ck_assert(attempt(5, (attempt_t){ .addr = "10.0.0.1" }, t));
	assert_victims(make_room(5), 4, UNIQUE_POLICY_REPLACED, 0);
	assert_victims(confirm(5), 3, UNIQUE_POLICY_SUPERSEDED, 0);
}
END_TEST

START_TEST(test_make_room_idle)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	t.evict = UNIQUE_POLICY_EVICT_IDLE;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(!last_make_room);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(make_room(2), 0);
	ck_assert(last_make_room);
	assert_victims(trim(2), 1, UNIQUE_POLICY_REPLACED, 0);
	assert_victims(confirm(2), 0);
	ck_assert(!last_confirm);
}
END_TEST

/** Where a silent one yields, it does so before. */
START_TEST(test_make_room_timed_out)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	t.keep_timeout = 10;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	now += 20;
	sessions->seen(sessions, 1, 0, now);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(make_room(2), 1, UNIQUE_POLICY_TIMED_OUT, 0);
	assert_victims(confirm(2), 0);
}
END_TEST

/**
 * An IKE_SA begins.
 */
static void begin(uint32_t id)
{
	host_t *host = host_create_from_string("10.0.0.1", 500);

	ck_assert(!sessions->move(sessions, id, host, FALSE));
	host->destroy(host);
}

/** Whoever doesn't count anymore, but may still have an address that his user
 * needs, gives it up: as nobody answers its DELETE... */
START_TEST(test_leftover_leaving)
{
	unique_policy_t modes[] = { UNIQUE_REPLACE, UNIQUE_KEEP, UNIQUE_NO };
	unique_policy_terms_t t = terms(modes[_i], 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	sessions->leave(sessions, 1);
	ck_assert_uint_eq(held("alice"), 0);
	ck_assert_uint_eq(stats().sessions, 0);
	ck_assert_uint_eq(stats().identities, 0);
	/* who ignores it has nothing done */
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" },
					  terms(UNIQUE_NEVER, 1)));
	assert_victims(make_room(2), 0);
	sessions->release(sessions, 2);
	/* nor has somebody else */
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.2", .user = "bob",
									  .ic = IC }, t));
	assert_victims(make_room(3), 0);

	begin(4);
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.2", .ic = IC }, t));
	assert_victims(make_room(4), 1, UNIQUE_POLICY_LEFTOVER, 0);
	assert_victims(confirm(4), 0);
	ck_assert_uint_eq(held("alice"), 1);
	ck_assert_uint_eq(stats().victims[UNIQUE_POLICY_REPLACED], 0);
	sessions->leave(sessions, 1);
	sessions->release(sessions, 1);
	ck_assert_uint_eq(held("alice"), 1);
}
END_TEST

/** ...or as it was to hand it over to one that has to go itself, but not while
 * that one may have it. */
START_TEST(test_leftover_superseded)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	assert_victims(confirm(2), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1" }, t));
	assert_victims(make_room(3), 0);
	assert_victims(confirm(3), 2, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(make_room(4), 3, UNIQUE_POLICY_REPLACED,
				   1, UNIQUE_POLICY_LEFTOVER, 2, UNIQUE_POLICY_LEFTOVER, 0);
	assert_victims(confirm(4), 0);

	/* it is none of another device's business */
	t.limit = 2;
	ck_assert(attempt(5, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(5), 4, UNIQUE_POLICY_SUPERSEDED, 0);
	establish(6, (attempt_t){ .addr = "10.0.0.3" }, t);
	t.evict = UNIQUE_POLICY_EVICT_IDLE;
	now++;
	sessions->seen(sessions, 6, now, now);
	ck_assert(attempt(7, (attempt_t){ .addr = "10.0.0.4" }, t));
	assert_victims(make_room(7), 0);
	assert_victims(trim(7), 5, UNIQUE_POLICY_REPLACED,
				   4, UNIQUE_POLICY_LEFTOVER, 0);
}
END_TEST

/** A client that left its NAT may still take over what it had behind it. */
START_TEST(test_leftover_nat)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 2);

	establish(1, (attempt_t){ .addr = "10.0.0.1", .nat = NAT, .port = 1001 },
			  t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	assert_victims(confirm(2), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(make_room(3), 0);
}
END_TEST

/** Who leaves while another one takes its place, or it another one's. */
START_TEST(test_leave_claims)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	sessions->leave(sessions, 1);
	assert_victims(confirm(2), 1, UNIQUE_POLICY_LEFTOVER, 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1" }, t));
	sessions->leave(sessions, 3);
	ck_assert_uint_eq(held("alice"), 1);
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.2" }, t));
	sessions->leave(sessions, 2);
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.2" }, t));
}
END_TEST

static bool has_rival(uint32_t id)
{
	return sessions->has_rival(sessions, id, FALSE);
}

/** Of two that log in at once, the second waits until the first is up, if that
 * one has to go then. */
START_TEST(test_has_rival)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 2);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	ck_assert(!has_rival(2));
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	ck_assert(!has_rival(2));
	ck_assert(has_rival(3));
	assert_victims(make_room(2), 0);
	assert_victims(confirm(2), 0);
	ck_assert(!has_rival(3));
	assert_victims(make_room(3), 1, UNIQUE_POLICY_REPLACED, 0);
	assert_victims(confirm(3), 0);

	/* if it fails, nobody is in the way */
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.4" }, t));
	ck_assert(attempt(5, (attempt_t){ .addr = "10.0.0.5" }, t));
	ck_assert(has_rival(5));
	sessions->leave(sessions, 4);
	ck_assert(!has_rival(5));
	ck_assert(!has_rival(3));
	ck_assert(!has_rival(99));

	/* there is room for all of them, whatever becomes of others */
	t.limit = 5;
	ck_assert(attempt(6, (attempt_t){ .addr = "10.0.0.6" }, t));
	ck_assert(!has_rival(6));
	/* nor does keep wait, or who drives nobody out */
	t = terms(UNIQUE_KEEP, 1);
	ck_assert(attempt(7, (attempt_t){ .addr = "10.0.0.7", .user = "bob" }, t));
	ck_assert(!has_rival(7));
	t = terms(UNIQUE_NO, 1);
	ck_assert(attempt(8, (attempt_t){ .addr = "10.0.0.7" }, t));
	ck_assert(!has_rival(8));
}
END_TEST

/** Nobody waits for a client that needn't ever answer, nor time and again. */
START_TEST(test_has_rival_stalled)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	ck_assert(attempt(1, (attempt_t){ .addr = "10.0.0.1", .ikev1 = TRUE }, t));
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	ck_assert(!has_rival(2));
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	ck_assert(has_rival(3));
	ck_assert(has_rival(3));
	ck_assert(!sessions->has_rival(sessions, 3, TRUE));
	ck_assert(!has_rival(3));
	/* others may still */
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.4" }, t));
	ck_assert(has_rival(4));
}
END_TEST

START_TEST(test_replace_failed)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	/* a login that is authorized but never comes up drives nobody out */
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	sessions->release(sessions, 2);
	ck_assert_uint_eq(held("alice"), 1);
	assert_victims(confirm(2), 0);
	ck_assert_uint_eq(stats().accepted, 1);
}
END_TEST

START_TEST(test_no)
{
	unique_policy_terms_t t = terms(UNIQUE_NO, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.2" }, t);
	/* not even from the same place */
	establish(3, (attempt_t){ .addr = "10.0.0.2" }, t);
	ck_assert_uint_eq(held("alice"), 3);
	/* other families and connections, too */
	ck_assert(attempt(4, (attempt_t){ .addr = "fd00::1", .connection = "v6",
									  .ic = IC }, t));
	assert_victims(confirm(4), 1, UNIQUE_POLICY_INITIAL_CONTACT,
				   2, UNIQUE_POLICY_INITIAL_CONTACT,
				   3, UNIQUE_POLICY_INITIAL_CONTACT, 0);
}
END_TEST

START_TEST(test_no_late_initial_contact)
{
	unique_policy_terms_t t = terms(UNIQUE_NO, 1);

	/* some IKEv1 peers send it once they are up */
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.2" }, t);
	assert_victims(initial_contact(2, TRUE),
				   1, UNIQUE_POLICY_INITIAL_CONTACT, 0);
	/* or between authorization and that */
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	assert_victims(initial_contact(3, TRUE), 0);
	assert_victims(confirm(3), 2, UNIQUE_POLICY_INITIAL_CONTACT, 0);
	/* or before, which is not for the table to remember */
	assert_victims(initial_contact(4, FALSE), 0);
}
END_TEST

START_TEST(test_never)
{
	unique_policy_terms_t t = terms(UNIQUE_NEVER, 1);
	int i;

	for (i = 1; i <= 10; i++)
	{
		establish(i, (attempt_t){ .addr = "10.0.0.1", .ic = IC }, t);
	}
	assert_victims(initial_contact(3, TRUE), 0);
	ck_assert_uint_eq(held("alice"), 10);
}
END_TEST

START_TEST(test_keep)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 2);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	establish(2, (attempt_t){ .addr = "fd00::2" }, t);
	ck_assert(!attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.4", .ic = IC }, t));
	ck_assert_uint_eq(held("alice"), 2);
	ck_assert_uint_eq(stats().sessions, 2);
	ck_assert_uint_eq(stats().rejected, 2);
	establish(5, (attempt_t){ .addr = "10.0.0.5", .user = "bob" }, t);
	/* one goes, one may come */
	sessions->release(sessions, 1);
	establish(6, (attempt_t){ .addr = "10.0.0.6" }, t);
	ck_assert(!attempt(7, (attempt_t){ .addr = "10.0.0.7" }, t));
}
END_TEST

START_TEST(test_keep_race)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	/* the last place is taken when it is reserved */
	ck_assert(attempt(1, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	/* and free again if the login fails */
	sessions->release(sessions, 1);
	establish(3, (attempt_t){ .addr = "10.0.0.3" }, t);
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.4" }, t));
}
END_TEST

/** modes in which a client that comes back is told from another one */
static unique_policy_t successor_modes[] = { UNIQUE_REPLACE, UNIQUE_KEEP };

START_TEST(test_successor)
{
	unique_policy_terms_t t = terms(successor_modes[_i], 1);

	/* reauthentication, or a restart, from the same address */
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert_uint_eq(held("alice"), 1);
	assert_victims(confirm(2), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	/* without a NAT the address tells who it is */
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1", .port = 501 }, t));
	assert_victims(confirm(3), 2, UNIQUE_POLICY_SUPERSEDED, 0);
	/* a restart that says so */
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.1", .ic = IC }, t));
	assert_victims(confirm(4), 3, UNIQUE_POLICY_INITIAL_CONTACT, 0);
	ck_assert_uint_eq(held("alice"), 1);
}
END_TEST

START_TEST(test_successor_failed)
{
	unique_policy_terms_t t = terms(successor_modes[_i], 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	sessions->release(sessions, 2);
	/* the old one counts again */
	ck_assert_uint_eq(held("alice"), 1);
	if (successor_modes[_i] == UNIQUE_KEEP)
	{
		ck_assert(!attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	}
}
END_TEST

START_TEST(test_successor_twice)
{
	unique_policy_terms_t t = terms(successor_modes[_i], 1);

	/* the client tried again before we were done with its first attempt */
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert_uint_eq(held("alice"), 1);
	/* and the first came up after all, before the second */
	assert_victims(confirm(2), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert_uint_eq(held("alice"), 1);
	assert_victims(confirm(3), 2, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert_uint_eq(held("alice"), 1);
}
END_TEST

START_TEST(test_successor_chain)
{
	unique_policy_terms_t t = terms(successor_modes[_i], 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.1" }, t));
	/* one of them fails, the last one comes up, the others are leftovers */
	sessions->release(sessions, 3);
	ck_assert_uint_eq(held("alice"), 1);
	assert_victims(confirm(4), 2, UNIQUE_POLICY_SUPERSEDED,
				   1, UNIQUE_POLICY_SUPERSEDED, 0);
	assert_victims(confirm(2), 0);
	ck_assert_uint_eq(held("alice"), 1);
}
END_TEST

START_TEST(test_successor_nat)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	/* two clients behind one NAT */
	establish(1, (attempt_t){ .addr = "10.0.0.1", .port = 1024,
							  .nat = NAT }, t);
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.1", .port = 1025,
									   .nat = NAT }, t));
	/* the same one again */
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1", .port = 1024,
									  .nat = NAT }, t));
	assert_victims(confirm(3), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	/* after the NAT rebound, and we noticed */
	{
		host_t *host = host_create_from_string("10.0.0.1", 1030);

		sessions->move(sessions, 3, host, NAT);
		host->destroy(host);
	}
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.1", .port = 1024,
									   .nat = NAT }, t));
	ck_assert(attempt(5, (attempt_t){ .addr = "10.0.0.1", .port = 1030,
									  .nat = NAT }, t));
}
END_TEST

START_TEST(test_successor_connection)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 2);

	/* a gateway may have several tunnels to us */
	establish(1, (attempt_t){ .addr = "10.0.0.1", .connection = "a" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.1", .connection = "b" }, t);
	ck_assert_uint_eq(held("alice"), 2);
	/* but it isn't locked out by itself */
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.1", .connection = "c" },
					  t));
	assert_victims(confirm(3), 1, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert_uint_eq(held("alice"), 2);
}
END_TEST

START_TEST(test_move)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);
	host_t *host = host_create_from_string("192.168.0.1", 4500);

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	sessions->move(sessions, 1, host, FALSE);
	host->destroy(host);
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.1" }, t));
	ck_assert(attempt(3, (attempt_t){ .addr = "192.168.0.1" }, t));
}
END_TEST

START_TEST(test_rekey)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);
	ike_sa_id_t *id = ike_sa_id_create(2, 0x100 + 7, 0x200 + 7, TRUE);
	bool excess;

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(!sessions->rekey(sessions, 1, 7, id, &excess));
	id->destroy(id);
	/* the old IKE_SA is deleted */
	sessions->release(sessions, 1);
	ck_assert_uint_eq(held("alice"), 1);
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	/* and the new one is found by its own SPIs */
	t = terms(UNIQUE_REPLACE, 1);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	assert_victims(confirm(3), 7, UNIQUE_POLICY_REPLACED, 0);
}
END_TEST

START_TEST(test_rekey_what_has_to_go)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);
	ike_sa_id_t *id = ike_sa_id_create(2, 0x100 + 7, 0x200 + 7, TRUE);
	bool excess;

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(2), 1, UNIQUE_POLICY_REPLACED, 0);
	/* whoever deletes the old one finds it rekeyed, time and again */
	ck_assert(sessions->rekey(sessions, 1, 7, id, &excess));
	sessions->release(sessions, 1);
	ck_assert(sessions->rekey(sessions, 7, 8, id, &excess));
	sessions->release(sessions, 7);
	ck_assert_uint_eq(held("alice"), 1);
	id->destroy(id);
}
END_TEST

START_TEST(test_rekey_before_trim)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);
	ike_sa_id_t *id = ike_sa_id_create(2, 0x100 + 7, 0x200 + 7, TRUE);
	bool excess;

	t.evict = UNIQUE_POLICY_EVICT_IDLE;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(2), 0);
	ck_assert(last_confirm);
	/* whoever trims finds it rekeyed, perhaps time and again, and is told */
	ck_assert(!sessions->rekey(sessions, 2, 7, id, &excess));
	ck_assert(excess);
	assert_victims(trim(2), 0);
	ck_assert(!sessions->rekey(sessions, 7, 8, id, &excess));
	ck_assert(excess);
	assert_victims(trim(7), 0);
	assert_victims(trim(8), 1, UNIQUE_POLICY_REPLACED, 0);
	/* once */
	ck_assert(!sessions->rekey(sessions, 8, 9, id, &excess));
	ck_assert(!excess);
	id->destroy(id);
}
END_TEST

START_TEST(test_keep_timeout)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	t.keep_timeout = 60;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	now += 61;
	/* it hasn't been checked, so it isn't known to be silent */
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	/* it had been heard of */
	sessions->seen(sessions, 1, now - 60, now);
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	now++;
	sessions->seen(sessions, 1, now - 61, now);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(2), 1, UNIQUE_POLICY_TIMED_OUT, 0);
	/* unknown times don't make it silent, nor do old ones */
	now += 50;
	sessions->seen(sessions, 2, now, now);
	now += 50;
	sessions->seen(sessions, 2, 0, now);
	sessions->seen(sessions, 2, 5, now);
	ck_assert(!attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
}
END_TEST

START_TEST(test_keep_timeout_partial)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 3);

	/* none yields if that doesn't make enough room */
	t.keep_timeout = 60;
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.2" }, t);
	establish(3, (attempt_t){ .addr = "10.0.0.3" }, t);
	now += 100;
	sessions->seen(sessions, 1, 0, now);
	t.limit = 1;
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.4" }, t));
	ck_assert_uint_eq(held("alice"), 3);
	t.limit = 3;
	ck_assert(attempt(4, (attempt_t){ .addr = "10.0.0.4" }, t));
	ck_assert_uint_eq(held("alice"), 3);
}
END_TEST

START_TEST(test_initiator)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	/* what we initiate is never refused and replaces nobody, but counts */
	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.2", .initiator = TRUE }, t);
	ck_assert_uint_eq(held("alice"), 2);
	ck_assert(!attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	/* nor do we take the place of what the same peer initiated */
	establish(4, (attempt_t){ .addr = "10.0.0.1", .initiator = TRUE }, t);
	ck_assert_uint_eq(held("alice"), 3);
}
END_TEST

static unique_policy_t all_modes[] = {
	UNIQUE_REPLACE, UNIQUE_KEEP, UNIQUE_NO, UNIQUE_NEVER,
};

START_TEST(test_crossing)
{
	unique_policy_terms_t t = terms(all_modes[_i], 1);
	attempt_t ours = { .addr = "10.0.0.1", .initiator = TRUE },
			  theirs = { .addr = "10.0.0.1" },
			  other = { .addr = "10.0.0.1", .connection = "other" };

	/* both ends initiate, whichever is the first: two stay */
	establish(1, ours, t);
	establish(2, theirs, t);
	sessions->release(sessions, 1);
	establish(3, ours, t);
	/* over another connection, too */
	sessions->release(sessions, 2);
	establish(4, other, t);
	sessions->release(sessions, 4);
	/* at once */
	ck_assert(attempt(5, theirs, t));
	ck_assert(attempt(6, ours, t));
	assert_victims(confirm(6), 0);
	assert_victims(confirm(5), 0);
	ck_assert_uint_eq(stats().sessions, 3);
}
END_TEST

START_TEST(test_crossing_limit)
{
	unique_policy_terms_t t = terms(UNIQUE_REPLACE, 1);

	/* it is what peers initiate that goes, however old ours is */
	t.evict = _i;
	establish(1, (attempt_t){ .addr = "10.0.0.1", .initiator = TRUE }, t);
	ck_assert(attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(2), 0);
	assert_victims(trim(2), 0);
	ck_assert(attempt(3, (attempt_t){ .addr = "10.0.0.3" }, t));
	if (t.evict == UNIQUE_POLICY_EVICT_IDLE)
	{
		assert_victims(confirm(3), 0);
		ck_assert(last_confirm);
		assert_victims(trim(3), 2, UNIQUE_POLICY_REPLACED, 0);
	}
	else
	{
		assert_victims(confirm(3), 2, UNIQUE_POLICY_REPLACED, 0);
	}
	ck_assert_uint_eq(held("alice"), 2);
}
END_TEST

START_TEST(test_crossing_keep)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	/* silent or not, ours stays, and keeps nobody out who may come in */
	t.keep_timeout = 10;
	establish(1, (attempt_t){ .addr = "10.0.0.1", .initiator = TRUE }, t);
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.2" }, t));
	now += 20;
	sessions->seen(sessions, 1, 0, now);
	establish(3, (attempt_t){ .addr = "10.0.0.2" }, t);
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.3" }, t));
	/* as the same host always may, but once */
	establish(5, (attempt_t){ .addr = "10.0.0.2", .initiator = TRUE }, t);
	ck_assert(attempt(6, (attempt_t){ .addr = "10.0.0.2" }, t));
	assert_victims(confirm(6), 3, UNIQUE_POLICY_SUPERSEDED, 0);
	ck_assert_uint_eq(held("alice"), 3);
}
END_TEST

START_TEST(test_crossing_initial_contact)
{
	unique_policy_terms_t t = terms(all_modes[_i], 1);
	attempt_t ours = { .addr = "10.0.0.1", .initiator = TRUE },
			  restarted = { .addr = "10.0.0.1", .ic = IC },
			  late = { .addr = "10.0.0.1" };
	bool goes = all_modes[_i] != UNIQUE_NEVER;
	array_t *victims;

	/* a peer that has lost ours says so, while it connects or, with IKEv1,
	 * right after that */
	establish(1, ours, t);
	ck_assert(attempt(2, restarted, t));
	victims = confirm(2);
	assert_victims(victims, goes ? 1 : 0, UNIQUE_POLICY_INITIAL_CONTACT, 0);
	sessions->release(sessions, 1);
	sessions->release(sessions, 2);

	establish(3, ours, t);
	establish(4, late, t);
	victims = initial_contact(4, TRUE);
	assert_victims(victims, goes ? 3 : 0, UNIQUE_POLICY_INITIAL_CONTACT, 0);
}
END_TEST

START_TEST(test_initial_contact_meanwhile)
{
	unique_policy_terms_t t = terms(all_modes[_i], 3);
	attempt_t ours = { .addr = "10.0.0.1", .initiator = TRUE },
			  theirs = { .addr = "10.0.0.1", .ic = IC },
			  elsewhere = { .addr = "10.0.0.2", .ic = IC };

	/* that the peer has no other was true before it began to connect, and
	 * these came up since: ours, and others of the peer */
	begin(1);
	begin(2);
	begin(3);
	establish(2, elsewhere, t);
	establish(1, ours, t);
	establish(3, theirs, t);
	ck_assert_uint_eq(stats().sessions, 3);
	begin(4);
	ck_assert(attempt(4, theirs, t));
	switch (all_modes[_i])
	{
		case UNIQUE_NO:
			assert_victims(confirm(4), 2, UNIQUE_POLICY_INITIAL_CONTACT,
				1, UNIQUE_POLICY_INITIAL_CONTACT,
				3, UNIQUE_POLICY_INITIAL_CONTACT, 0);
			break;
		case UNIQUE_NEVER:
			assert_victims(confirm(4), 0);
			break;
		default:
			assert_victims(confirm(4), 1, UNIQUE_POLICY_INITIAL_CONTACT,
				3, UNIQUE_POLICY_INITIAL_CONTACT, 0);
			break;
	}
}
END_TEST

START_TEST(test_local)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	establish(1, (attempt_t){ .addr = "10.0.0.1", .local = "gw1" }, t);
	establish(2, (attempt_t){ .addr = "10.0.0.2", .local = "gw2" }, t);
	establish(3, (attempt_t){ .addr = "10.0.0.3" }, t);
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.4", .local = "gw1" },
					   t));
}
END_TEST

START_TEST(test_identity)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);

	/* as identities are compared, not as they are written */
	establish(1, (attempt_t){ .addr = "10.0.0.1", .user = "a@example.org" }, t);
	ck_assert(!attempt(2, (attempt_t){ .addr = "10.0.0.2",
									   .user = "A@Example.ORG" }, t));
	establish(3, (attempt_t){ .addr = "10.0.0.3", .user = "C=CH, CN=a" }, t);
	ck_assert(!attempt(4, (attempt_t){ .addr = "10.0.0.4",
									   .user = "C=CH,CN=A" }, t));
}
END_TEST

START_TEST(test_get_session)
{
	unique_policy_session_t session;
	char connection[] = "rw", rule[] = "staff";
	identification_t *alice = identification_create_from_string("alice");

	ck_assert(attempt(1, (attempt_t){ .addr = "10.1.0.1", .rule = rule,
					  .connection = connection }, terms(UNIQUE_KEEP, 1)));
	/* names are those of the time, and not borrowed */
	*connection = *rule = 'x';
	ck_assert(sessions->get_session(sessions, 1, &session));
	ck_assert_uint_eq(session.unique_id, 1);
	ck_assert(session.remote->equals(session.remote, alice));
	ck_assert_str_eq(session.connection, "rw");
	ck_assert_str_eq(session.rule, "staff");
	ck_assert_int_eq(session.established, 0);
	unique_policy_session_clear(&session);

	assert_victims(confirm(1), 0);
	ck_assert(sessions->get_session(sessions, 1, &session));
	ck_assert_int_eq(session.established, now);
	unique_policy_session_clear(&session);

	establish(2, (attempt_t){ .addr = "10.1.0.1", .user = "bob" },
			  terms(UNIQUE_KEEP, 1));
	ck_assert(sessions->get_session(sessions, 2, &session));
	ck_assert_ptr_eq(session.rule, NULL);
	unique_policy_session_clear(&session);
	ck_assert(!sessions->get_session(sessions, 3, &session));
	alice->destroy(alice);
}
END_TEST

/**
 * Whose turn it is to be checked: as many as expected, from a first one on.
 */
static void assert_unchecked(u_int max, u_int count, uint32_t first)
{
	unique_policy_login_t login = {
		.remote = identification_create_from_string("alice"),
	};
	array_t *list = array_create(sizeof(unique_policy_session_t), 0);
	unique_policy_session_t *session;
	enumerator_t *enumerator;

	sessions->get_unchecked(sessions, &login, max, list);
	ck_assert_uint_eq(array_count(list), count);
	enumerator = array_create_enumerator(list);
	while (enumerator->enumerate(enumerator, &session))
	{
		ck_assert_uint_eq(session->unique_id, first++);
	}
	enumerator->destroy(enumerator);
	array_destroy_function(list,
						   (array_callback_t)unique_policy_session_clear, NULL);
	login.remote->destroy(login.remote);
}

/** Everybody's turn comes, also with newcomers. */
START_TEST(test_get_unchecked)
{
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 10);
	char addr[16];
	int i;

	assert_unchecked(3, 0, 0);
	for (i = 1; i <= 7; i++)
	{
		snprintf(addr, sizeof(addr), "10.0.0.%d", i);
		establish(i, (attempt_t){ .addr = addr }, t);
	}
	assert_unchecked(7, 7, 1);
	assert_unchecked(9, 7, 1);
	assert_unchecked(3, 3, 1);
	assert_unchecked(3, 3, 4);
	establish(8, (attempt_t){ .addr = "10.0.0.8" }, t);
	assert_unchecked(3, 2, 7);
	sessions->release(sessions, 1);
	assert_unchecked(3, 3, 2);
}
END_TEST

START_TEST(test_may_log)
{
	unique_policy_login_t login = {
		.remote = identification_create_from_string("alice"),
	};
	unique_policy_terms_t t = terms(UNIQUE_KEEP, 1);
	u_int missed;
	int i;

	establish(1, (attempt_t){ .addr = "10.0.0.1" }, t);
	ck_assert(sessions->may_log(sessions, &login, now, &missed));
	ck_assert_uint_eq(missed, 0);
	for (i = 0; i < 5; i++)
	{
		ck_assert(!sessions->may_log(sessions, &login, now + i, &missed));
	}
	now += UNIQUE_POLICY_LOG_INTERVAL;
	ck_assert(sessions->may_log(sessions, &login, now, &missed));
	ck_assert_uint_eq(missed, 5);
	login.remote->destroy(login.remote);
}
END_TEST

START_TEST(test_random)
{
	unique_policy_t modes[] = { UNIQUE_REPLACE, UNIQUE_KEEP };
	unique_policy_terms_t t = terms(modes[_i % 2], 1 + _i % 5);
	char user[8], addr[16];
	array_t *victims;
	uint32_t id;
	int i;

	/* whatever happens in whichever order, an identity never has more than
	 * its limit up, and nothing stays when all are gone */
	srandom(_i);
	for (i = 1; i <= 4000; i++)
	{
		id = 1 + random() % i;
		snprintf(user, sizeof(user), "u%ld", random() % 5);
		snprintf(addr, sizeof(addr), "10.0.0.%ld", random() % 8);
		now += random() % 3;
		switch (random() % 6)
		{
			case 0:
			case 1:
				attempt(i, (attempt_t){ .addr = addr, .user = user,
										.ic = random() % 2 }, t);
				break;
			case 2:
			case 3:
				victims = confirm(i - random() % min(i, 8));
				array_destroy_function(victims,
						(array_callback_t)unique_policy_session_clear, NULL);
				break;
			case 4:
				sessions->release(sessions, id);
				break;
			case 5:
				sessions->leave(sessions, id);
				break;
		}
		if (t.mode == UNIQUE_KEEP)
		{
			ck_assert_uint_le(held(user), t.limit);
		}
	}
	for (i = 1; i <= 4000; i++)
	{
		victims = confirm(i);
		array_destroy_function(victims,
						(array_callback_t)unique_policy_session_clear, NULL);
	}
	for (i = 0; i < 5; i++)
	{
		snprintf(user, sizeof(user), "u%d", i);
		ck_assert_uint_le(held(user), t.limit);
		ck_assert_uint_gt(held(user), 0);
	}
	for (i = 1; i <= 4000; i++)
	{
		sessions->release(sessions, i);
	}
	ck_assert_uint_eq(stats().sessions, 0);
	ck_assert_uint_eq(stats().identities, 0);
}
END_TEST

SUITE(unique_policy_sessions)
{
	Suite *s = suite_create("unique_policy_sessions");
	TCase *tc;

	tc = tcase_create("modes");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_replace);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_names_contact);
	tcase_add_test(tc, test_replace_across);
	tcase_add_test(tc, test_replace_oldest);
	tcase_add_test(tc, test_replace_idle);
	tcase_add_test(tc, test_replace_idle_gone);
	tcase_add_test(tc, test_replace_idle_closing);
	tcase_add_test(tc, test_make_room);
	tcase_add_test(tc, test_make_room_successor);
	tcase_add_test(tc, test_make_room_idle);
	tcase_add_test(tc, test_make_room_timed_out);
	tcase_add_loop_test(tc, test_leftover_leaving, 0, 3);
	tcase_add_test(tc, test_leftover_superseded);
	tcase_add_test(tc, test_leftover_nat);
	tcase_add_test(tc, test_leave_claims);
	tcase_add_test(tc, test_has_rival);
	tcase_add_test(tc, test_has_rival_stalled);
	tcase_add_test(tc, test_replace_failed);
	tcase_add_test(tc, test_no);
	tcase_add_test(tc, test_no_late_initial_contact);
	tcase_add_test(tc, test_never);
	tcase_add_test(tc, test_keep);
	tcase_add_test(tc, test_keep_race);
	tcase_add_test(tc, test_keep_timeout);
	tcase_add_test(tc, test_keep_timeout_partial);
	suite_add_tcase(s, tc);

	tc = tcase_create("the same client");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_successor, 0, countof(successor_modes));
	tcase_add_loop_test(tc, test_successor_failed, 0,
						countof(successor_modes));
	tcase_add_loop_test(tc, test_successor_twice, 0, countof(successor_modes));
	tcase_add_loop_test(tc, test_successor_chain, 0, countof(successor_modes));
	tcase_add_test(tc, test_successor_nat);
	tcase_add_test(tc, test_successor_connection);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_rekey);
	tcase_add_test(tc, test_rekey_what_has_to_go);
	tcase_add_test(tc, test_rekey_before_trim);
	tcase_add_test(tc, test_initiator);
	tcase_add_loop_test(tc, test_crossing, 0, countof(all_modes));
	tcase_add_loop_test(tc, test_crossing_limit, 0, 2);
	tcase_add_test(tc, test_crossing_keep);
	tcase_add_loop_test(tc, test_initial_contact_meanwhile, 0,
						countof(all_modes));
	tcase_add_loop_test(tc, test_crossing_initial_contact, 0,
						countof(all_modes));
	suite_add_tcase(s, tc);

	tc = tcase_create("table");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_local);
	tcase_add_test(tc, test_identity);
	tcase_add_test(tc, test_get_session);
	tcase_add_test(tc, test_get_unchecked);
	tcase_add_test(tc, test_may_log);
	tcase_add_loop_test(tc, test_random, 0, 20);
	suite_add_tcase(s, tc);
	return s;
}
