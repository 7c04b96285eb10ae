/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <peer_resolve_peer.h>

static const struct {
	const char *addrs;
	/** names in it, NULL if it isn't followed */
	const char *names;
} parsed[] = {
	{ "gw.example", "gw.example" },
	{ "a.example, 10.0.0.1,fec0::1 , b-c.example", "a.example b-c.example" },
	{ "10.0.0.1", NULL },
	{ "10.0.0.1, fec0::1", NULL },
	{ "", NULL },
	{ "%any", NULL },
	{ "a.example, %any", NULL },
	{ "%any6, a.example", NULL },
	{ "a.example, 0.0.0.0", NULL },
	{ "a.example, ::", NULL },
	{ "a.example, 10.0.0.0/8", NULL },
	{ "a.example, 10.0.0.1-10.0.0.9", NULL },
};

START_TEST(test_parse)
{
	linked_list_t *names = linked_list_create();
	char text[BUF_LEN] = "", *name;
	size_t len = 0;
	bool follow;

	follow = peer_resolve_parse(parsed[_i].addrs, names);
	ck_assert_int_eq(follow, parsed[_i].names != NULL);
	ck_assert_int_eq(peer_resolve_parse(parsed[_i].addrs, NULL), follow);
	while (names->remove_first(names, (void**)&name) == SUCCESS)
	{
		len += snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? " " : "", name);
		free(name);
	}
	names->destroy(names);
	if (follow)
	{
		ck_assert_str_eq(text, parsed[_i].names);
	}
}
END_TEST

/**
 * Names, and peers of theirs.
 */
static hashtable_t *names;

static void setup(void)
{
	names = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8);
}

static void teardown(void)
{
	peer_resolve_name_t *name;
	enumerator_t *enumerator;

	enumerator = names->create_enumerator(names);
	while (enumerator->enumerate(enumerator, NULL, &name))
	{
		name->destroy(name);
	}
	enumerator->destroy(enumerator);
	names->destroy(names);
}

/**
 * Have a name answered.
 */
static void answer(const char *str, const char *text, time_t now)
{
	peer_resolve_name_t *name = names->get(names, str);
	linked_list_t *list = linked_list_create();
	enumerator_t *enumerator;
	char *item;

	if (!name)
	{
		name = peer_resolve_name_create(str);
		names->put(names, name->get_name(name), name);
	}
	enumerator = enumerator_create_token(text, " ", "");
	while (enumerator->enumerate(enumerator, &item))
	{
		list->insert_last(list, host_create_from_string(item, 0));
	}
	enumerator->destroy(enumerator);
	name->answer(name, list, *text ? NULL : "dead", now, 60);
}

static peer_resolve_peer_t *create(char *host, char *addrs)
{
	peer_resolve_peer_t *peer;

	INIT(peer,
		.unique_id = 1,
		.connection = strdup("net"),
		.id = identification_create_from_string("gw"),
		.host = host_create_from_string(host, 0),
		.remote_addrs = strdup(addrs),
	);
	return peer;
}

/**
 * Check what is decided, and where it has to go, NULL if nowhere.
 */
static void check(peer_resolve_peer_t *peer, time_t now,
				  peer_resolve_state_t state, const char *target)
{
	char buf[BUF_LEN] = "";

	peer_resolve_peer_decide(peer, names, now, 60);
	ck_assert_str_eq(peer_resolve_states[peer->state],
					 peer_resolve_states[state]);
	ck_assert_int_eq(!peer->target, !target);
	if (target)
	{
		snprintf(buf, sizeof(buf), "%H", peer->target);
		ck_assert_str_eq(buf, target);
	}
}

START_TEST(test_moves)
{
	peer_resolve_peer_t *peer = create("10.0.0.1", "a");

	check(peer, 1000, PEER_RESOLVE_UNRESOLVED, NULL);
	answer("a", "10.0.0.1", 1000);
	check(peer, 1000, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "10.0.0.3 10.0.0.1", 1060);
	check(peer, 1060, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "", 1120);
	check(peer, 1120, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "fec0::2 10.0.0.2", 1180);
	check(peer, 1180, PEER_RESOLVE_MOVING, "10.0.0.2");
	ck_assert_uint_eq(peer_resolve_peer_fail(peer, 1190, 60), 60);
	check(peer, 1200, PEER_RESOLVE_FAILED, "10.0.0.2");
	check(peer, 1250, PEER_RESOLVE_MOVING, "10.0.0.2");
	ck_assert_uint_eq(peer_resolve_peer_fail(peer, 1250, 60), 120);
	peer->failures = 100;
	ck_assert_uint_eq(peer_resolve_peer_fail(peer, 1250, 60), 32 * 60);
	peer_resolve_peer_update(peer, create("10.0.0.2", "a"));
	check(peer, 1250, PEER_RESOLVE_CURRENT, NULL);
	ck_assert_uint_eq(peer->failures, 0);
	peer_resolve_peer_destroy(peer);
}
END_TEST

START_TEST(test_failed_elsewhere)
{
	peer_resolve_peer_t *peer = create("10.0.0.1", "a");

	answer("a", "10.0.0.1", 1000);
	check(peer, 1000, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "10.0.0.2", 1060);
	check(peer, 1060, PEER_RESOLVE_MOVING, "10.0.0.2");
	peer->failures = 4;
	ck_assert_uint_eq(peer_resolve_peer_fail(peer, 1060, 60), 16 * 60);
	answer("a", "10.0.0.3", 1120);
	check(peer, 1120, PEER_RESOLVE_MOVING, "10.0.0.3");
	ck_assert_uint_eq(peer_resolve_peer_fail(peer, 1120, 60), 60);
	check(peer, 1150, PEER_RESOLVE_FAILED, "10.0.0.3");
	peer_resolve_peer_destroy(peer);
}
END_TEST

START_TEST(test_elsewhere)
{
	peer_resolve_peer_t *peer = create("10.0.0.9", "a");

	answer("a", "10.0.0.1 10.0.0.2", 1000);
	check(peer, 1000, PEER_RESOLVE_ELSEWHERE, NULL);
	answer("a", "10.0.0.2", 1060);
	check(peer, 1060, PEER_RESOLVE_ELSEWHERE, NULL);
	answer("a", "10.0.0.3", 1120);
	check(peer, 1120, PEER_RESOLVE_MOVING, "10.0.0.3");
	/* moved by MOBIKE: what was seen is of another address */
	peer_resolve_peer_update(peer, create("10.0.0.8", "a"));
	check(peer, 1120, PEER_RESOLVE_ELSEWHERE, NULL);
	peer_resolve_peer_destroy(peer);
}
END_TEST

START_TEST(test_families)
{
	peer_resolve_peer_t *peer = create("fec0::1", "a");

	answer("a", "10.0.0.1 fec0::1", 1000);
	check(peer, 1000, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "10.0.0.2 fec0::2", 1060);
	check(peer, 1060, PEER_RESOLVE_MOVING, "fec0::2");
	answer("a", "10.0.0.2", 1120);
	check(peer, 1120, PEER_RESOLVE_MOVING, "10.0.0.2");
	peer->family = AF_INET6;
	check(peer, 1120, PEER_RESOLVE_UNUSABLE, NULL);
	peer->family = AF_INET;
	check(peer, 1120, PEER_RESOLVE_MOVING, "10.0.0.2");
	peer_resolve_peer_destroy(peer);
}
END_TEST

START_TEST(test_several)
{
	peer_resolve_peer_t *peer = create("10.0.0.2", "a, 10.0.0.7, b");

	answer("b", "10.0.0.2", 1000);
	check(peer, 1000, PEER_RESOLVE_CURRENT, NULL);
	answer("b", "10.0.0.3", 1060);
	check(peer, 1060, PEER_RESOLVE_UNRESOLVED, NULL);
	answer("a", "", 1060);
	check(peer, 1060, PEER_RESOLVE_UNRESOLVED, NULL);
	answer("a", "10.0.0.1", 1120);
	check(peer, 1120, PEER_RESOLVE_MOVING, "10.0.0.1");
	answer("a", "fec0::1", 1180);
	check(peer, 1180, PEER_RESOLVE_MOVING, "10.0.0.7");
	peer_resolve_peer_update(peer, create("10.0.0.7", "a, 10.0.0.7, b"));
	check(peer, 1180, PEER_RESOLVE_CURRENT, NULL);
	peer_resolve_peer_destroy(peer);
}
END_TEST

START_TEST(test_who_connected)
{
	peer_resolve_peer_t *peer = create("10.0.0.1", "a");

	peer->responder = TRUE;
	answer("a", "10.0.0.1", 1000);
	check(peer, 1000, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "10.0.0.2", 1060);
	check(peer, 1060, PEER_RESOLVE_WAITING, "10.0.0.2");
	check(peer, 1119, PEER_RESOLVE_WAITING, "10.0.0.2");
	check(peer, 1120, PEER_RESOLVE_MOVING, "10.0.0.2");
	peer->client = TRUE;
	check(peer, 1120, PEER_RESOLVE_CLIENT, "10.0.0.2");
	peer_resolve_peer_destroy(peer);
}
END_TEST

START_TEST(test_held)
{
	peer_resolve_peer_t *peer = create("10.0.0.1", "a");

	answer("a", "10.0.0.2", 940);
	answer("a", "10.0.0.1", 1000);
	check(peer, 1000, PEER_RESOLVE_CURRENT, NULL);
	answer("a", "10.0.0.2", 1060);
	check(peer, 1060, PEER_RESOLVE_HELD, "10.0.0.2");
	answer("a", "10.0.0.2", 1600);
	check(peer, 1600, PEER_RESOLVE_MOVING, "10.0.0.2");
	peer_resolve_peer_destroy(peer);
}
END_TEST

SUITE(peer_resolve_peer)
{
	Suite *s;
	TCase *tc;

	s = suite_create("peer_resolve_peer");
	tc = tcase_create("peer");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_parse, 0, countof(parsed));
	tcase_add_test(tc, test_moves);
	tcase_add_test(tc, test_failed_elsewhere);
	tcase_add_test(tc, test_elsewhere);
	tcase_add_test(tc, test_families);
	tcase_add_test(tc, test_several);
	tcase_add_test(tc, test_who_connected);
	tcase_add_test(tc, test_held);
	suite_add_tcase(s, tc);
	return s;
}
