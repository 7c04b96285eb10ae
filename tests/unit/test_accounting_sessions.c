/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <accounting_sessions.h>

/**
 * Add a session.
 */
static void add(accounting_sessions_t *sessions, uint32_t unique_id,
				char *user, char *address)
{
	accounting_session_t *session;
	host_t *host = host_create_from_string(address, 4500);

	session = accounting_session_create(unique_id, host, 1000);
	ck_assert_int_ge(asprintf(&session->id, "s%u", unique_id), 0);
	session->user = identification_create_from_string(user);
	session->ike_id = session->user->clone(session->user);
	session->connection = strdup("net");
	session->local = host;
	session = sessions->add(sessions, session);
	ck_assert(session);
	accounting_session_unref(session);
}

/**
 * End a session, and get what it was.
 */
static accounting_session_t *take(accounting_sessions_t *sessions,
								  uint32_t unique_id)
{
	accounting_session_t *session;

	sessions->end(sessions, unique_id, "peer", NULL, 2000);
	session = sessions->take(sessions, unique_id);
	ck_assert(session);
	return session;
}

/**
 * Check what went through a session.
 */
static void check_usage(accounting_session_t *session, uint64_t in,
						uint64_t out)
{
	ck_assert_uint_eq(session->state.usage.bytes[1], in);
	ck_assert_uint_eq(session->state.usage.bytes[0], out);
	ck_assert_uint_eq(session->state.usage.packets[1], in / 10);
	ck_assert_uint_eq(session->state.usage.packets[0], out / 10);
}

/** an IPsec SA, with its addresses */
static kernel_ipsec_sa_id_t sa(uint32_t spi, char *dst)
{
	return (kernel_ipsec_sa_id_t){
		.src = host_create_from_string("192.0.2.1", 0),
		.dst = host_create_from_string(dst, 0),
		.spi = spi,
		.proto = 50,
	};
}

static void clear(kernel_ipsec_sa_id_t id)
{
	id.src->destroy(id.src);
	id.dst->destroy(id.dst);
}

START_TEST(test_usage)
{
	accounting_sessions_t *sessions = accounting_sessions_create();
	accounting_session_t *session;
	kernel_ipsec_sa_id_t in = sa(7, "192.0.2.1"), out = sa(7, "192.0.2.2"),
						 moved = sa(7, "192.0.2.3");

	add(sessions, 1, "alice", "192.0.2.2");
	/* both ends may choose the same SPI */
	sessions->add_sa(sessions, 1, &in, TRUE);
	sessions->add_sa(sessions, 1, &out, FALSE);
	/* of nobody */
	sessions->add_sa(sessions, 2, &moved, FALSE);
	ck_assert(!sessions->has_sa(sessions, &moved));
	sessions->count(sessions, &in, 100, 10);
	sessions->count(sessions, &in, 150, 15);
	sessions->count(sessions, &out, 20, 2);
	sessions->rekey(sessions, 1, 5);
	sessions->move_sa(sessions, &out, moved.src, moved.dst);
	ck_assert(!sessions->has_sa(sessions, &out));
	sessions->count(sessions, &out, 1000, 100);
	sessions->count(sessions, &moved, 50, 5);
	/* it counts from 0 again */
	sessions->count(sessions, &moved, 10, 1);
	sessions->remove_sa(sessions, &in);
	sessions->count(sessions, &in, 1000, 100);
	ck_assert(!sessions->has(sessions, 1));
	session = take(sessions, 5);
	ck_assert_uint_eq(session->state.unique_id, 5);
	ck_assert_uint_eq(session->sas, 1);
	/* until the last is gone */
	sessions->count(sessions, &moved, 30, 3);
	sessions->remove_sa(sessions, &moved);
	ck_assert_uint_eq(session->sas, 0);
	check_usage(session, 150, 80);
	accounting_session_unref(session);
	sessions->destroy(sessions);
	clear(in);
	clear(out);
	clear(moved);
}
END_TEST

START_TEST(test_migrate)
{
	accounting_sessions_t *sessions = accounting_sessions_create();
	accounting_session_t *old, *new;
	kernel_ipsec_sa_id_t in = sa(7, "192.0.2.1");

	add(sessions, 1, "alice", "192.0.2.2");
	sessions->add_sa(sessions, 1, &in, TRUE);
	sessions->count(sessions, &in, 100, 10);
	add(sessions, 2, "alice", "192.0.2.2");
	sessions->migrate(sessions, 1, 2);
	/* not there */
	sessions->migrate(sessions, 1, 3);
	sessions->migrate(sessions, 3, 2);
	sessions->count(sessions, &in, 130, 13);
	old = take(sessions, 1);
	new = take(sessions, 2);
	check_usage(old, 100, 0);
	check_usage(new, 30, 0);
	ck_assert_uint_eq(old->sas, 0);
	ck_assert_uint_eq(new->sas, 1);
	accounting_session_unref(old);
	accounting_session_unref(new);
	sessions->destroy(sessions);
	clear(in);
}
END_TEST

START_TEST(test_previous)
{
	accounting_sessions_t *sessions = accounting_sessions_create();
	accounting_session_t *session;
	host_t *host = host_create_from_string("192.0.2.9", 4500);

	add(sessions, 1, "alice", "192.0.2.2");
	add(sessions, 2, "bob", "192.0.2.2");
	add(sessions, 3, "alice", "192.0.2.3");
	/* up still, whatever the case of letters */
	add(sessions, 4, "Alice", "192.0.2.2");
	/* where it has moved to, and not where it was */
	sessions->move(sessions, 2, host, 1500);
	add(sessions, 5, "bob", "192.0.2.9");
	add(sessions, 6, "bob", "192.0.2.2");
	/* just ended */
	accounting_session_unref(take(sessions, 3));
	add(sessions, 7, "alice", "192.0.2.3");
	session = take(sessions, 7);
	ck_assert_str_eq(session->previous, "s3");
	session->state.end_monotonic -= ACCOUNTING_LINK_TIME + 1;
	accounting_session_unref(session);

	session = take(sessions, 1);
	ck_assert(!session->previous);
	accounting_session_unref(session);
	session = take(sessions, 4);
	ck_assert_str_eq(session->previous, "s1");
	accounting_session_unref(session);
	session = take(sessions, 5);
	ck_assert_str_eq(session->previous, "s2");
	accounting_session_unref(session);
	session = take(sessions, 6);
	ck_assert(!session->previous);
	accounting_session_unref(session);
	ck_assert_uint_eq(sessions->get_count(sessions), 1);
	sessions->destroy(sessions);
	host->destroy(host);
}
END_TEST

START_TEST(test_end_once)
{
	accounting_sessions_t *sessions = accounting_sessions_create();
	accounting_session_t *session;

	add(sessions, 1, "alice", "192.0.2.2");
	sessions->end(sessions, 1, "local", NULL, 1500);
	session = take(sessions, 1);
	ck_assert_str_eq(session->state.reason, "local");
	ck_assert_int_eq(session->state.end, 1500);
	ck_assert(!sessions->take(sessions, 1));
	accounting_session_unref(session);
	sessions->destroy(sessions);
}
END_TEST

SUITE(accounting_sessions)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_sessions");
	tc = tcase_create("sessions");
	tcase_add_test(tc, test_usage);
	tcase_add_test(tc, test_migrate);
	tcase_add_test(tc, test_previous);
	tcase_add_test(tc, test_end_once);
	suite_add_tcase(s, tc);
	return s;
}
