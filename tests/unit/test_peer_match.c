/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <peer_match.h>

/** lists, what is known of a peer, and what follows */
static struct {
	const char *connections;
	const char *ids;
	const char *groups;
	char *connection;
	char *id;
	char *group;
	peer_match_verdict_t verdict;
} cases[] = {
	{ "rw*", NULL, NULL, "rw-1", "bob", NULL, PEER_MATCH_YES },
	{ "rw*", NULL, NULL, "site", "bob", NULL, PEER_MATCH_NO },
	{ NULL, "bob@*", NULL, "rw", "Bob@lab", NULL, PEER_MATCH_YES },
	{ NULL, "bob@*", NULL, "rw", "eve@lab", NULL, PEER_MATCH_NOT_ID },
	{ NULL, "*, !bob", NULL, "rw", "bob", NULL, PEER_MATCH_NOT_ID },
	{ NULL, NULL, "staff", "rw", "bob", "staff", PEER_MATCH_YES },
	{ NULL, NULL, "staff", "rw", "bob", "other", PEER_MATCH_NO },
	{ NULL, NULL, "!guest", "rw", "bob", "staff", PEER_MATCH_YES },
	{ NULL, NULL, "*, !guest", "rw", "bob", "staff", PEER_MATCH_YES },
	/* whatever else the peer is in: everybody, as all that have a group here */
	{ NULL, NULL, "!guest", "rw", "bob", "guest", PEER_MATCH_NO },
	{ NULL, NULL, "*, !guest", "rw", "bob", "guest", PEER_MATCH_NO },
	{ NULL, NULL, "everybody, !guest", "rw", "bob", "GUEST", PEER_MATCH_NO },
	{ NULL, NULL, "guest, !everybody", "rw", "bob", "guest", PEER_MATCH_NO },
	/* who is in none isn't in one that isn't excluded */
	{ NULL, NULL, "!guest", "rw", "bob", NULL, PEER_MATCH_NO },
	/* all of them */
	{ "rw", "bob", "staff", "rw", "bob", "staff", PEER_MATCH_YES },
	{ "rw", "bob", "staff", "rw", "eve", "staff", PEER_MATCH_NOT_ID },
	{ "rw", "bob", "staff", "rw", "eve", "other", PEER_MATCH_NO },
	{ "rw", "bob", "staff", "site", "bob", "staff", PEER_MATCH_NO },
	/* while nothing but groups is known */
	{ "rw", NULL, NULL, NULL, "bob", NULL, PEER_MATCH_OPEN },
	{ NULL, "bob", NULL, NULL, "eve", NULL, PEER_MATCH_OPEN },
	{ NULL, "bob", "staff", NULL, "bob", "staff", PEER_MATCH_OPEN },
	{ NULL, "bob", "staff", NULL, "bob", "other", PEER_MATCH_NO },
	{ NULL, NULL, "staff", NULL, "bob", "staff", PEER_MATCH_YES },
	/* no list says no */
	{ NULL, NULL, NULL, "rw", "bob", NULL, PEER_MATCH_YES },
	{ NULL, NULL, NULL, NULL, "bob", NULL, PEER_MATCH_YES },
};

/**
 * A list, NULL for none.
 */
static glob_list_t *create_list(const char *str)
{
	const char *bad;

	return str ? glob_list_create(str, &bad) : NULL;
}

START_TEST(test_match)
{
	peer_match_t match = {
		.connections = create_list(cases[_i].connections),
		.ids = create_list(cases[_i].ids),
		.groups = create_list(cases[_i].groups),
	};
	peer_facts_t peer = {
		.connection = cases[_i].connection,
		.id = cases[_i].id,
	};
	option_errors_t *errors = option_errors_create();
	bool any = match.connections || match.ids || match.groups;

	if (cases[_i].group)
	{
		array_insert_create(&peer.groups, ARRAY_TAIL, "everybody");
		array_insert_create(&peer.groups, ARRAY_TAIL, cases[_i].group);
	}
	ck_assert_int_eq(peer_match(&match, &peer), cases[_i].verdict);
	peer_match_check(&match, "groups", errors);
	ck_assert_uint_eq(errors->get_count(errors), any ? 0 : 1);
	errors->destroy(errors);
	array_destroy(peer.groups);
	DESTROY_IF(match.connections);
	DESTROY_IF(match.ids);
	DESTROY_IF(match.groups);
}
END_TEST

SUITE(peer_match)
{
	Suite *s = suite_create("peer_match");
	TCase *tc;

	tc = tcase_create("match");
	tcase_add_loop_test(tc, test_match, 0, countof(cases));
	suite_add_tcase(s, tc);
	return s;
}
