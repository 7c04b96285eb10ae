/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <peer_resolve_name.h>

/**
 * Seconds between answers.
 */
#define INTERVAL 60

/**
 * Make a list of addresses, "10.0.0.1 fec0::1".
 */
static linked_list_t *hosts(const char *text)
{
	linked_list_t *list = linked_list_create();
	enumerator_t *enumerator;
	char *item;

	enumerator = enumerator_create_token(text, " ", "");
	while (enumerator->enumerate(enumerator, &item))
	{
		list->insert_last(list, host_create_from_string(item, 0));
	}
	enumerator->destroy(enumerator);
	return list;
}

/**
 * Have a name answered, by an error if there are no addresses.
 */
static bool answer(peer_resolve_name_t *name, const char *text, u_int round)
{
	return name->answer(name, hosts(text ?: ""), text ? NULL : "dead",
						1000 + round * INTERVAL, INTERVAL);
}

/**
 * Would it be too early to go from one address to another?
 */
static bool flaps(peer_resolve_name_t *name, char *from, char *to, u_int round)
{
	host_t *left = host_create_from_string(from, 0);
	host_t *right = host_create_from_string(to, 0);
	bool flaps;

	flaps = name->is_flapping(name, left, right, 1000 + round * INTERVAL,
							  INTERVAL);
	left->destroy(left);
	right->destroy(right);
	return flaps;
}

START_TEST(test_answers)
{
	peer_resolve_name_t *name = peer_resolve_name_create("a");
	linked_list_t *list;

	ck_assert_str_eq(name->get_name(name), "a");
	ck_assert_int_eq(name->get_resolved(name), 0);
	ck_assert(answer(name, NULL, 0));
	ck_assert(!answer(name, NULL, 1));
	ck_assert_str_eq(name->get_error(name), "dead");
	ck_assert_int_eq(name->get_resolved(name), 0);
	ck_assert(answer(name, "10.0.0.1 fec0::1", 2));
	ck_assert(!name->get_error(name));
	/* addresses stay when it fails */
	ck_assert(answer(name, NULL, 3));
	list = name->get_hosts(name);
	ck_assert_int_eq(list->get_count(list), 2);
	ck_assert_int_eq(name->get_resolved(name), 1000 + 2 * INTERVAL);
	name->destroy(name);
}
END_TEST

START_TEST(test_taking_turns)
{
	peer_resolve_name_t *name = peer_resolve_name_create("a");
	u_int i;

	answer(name, "10.0.0.1", 0);
	answer(name, "10.0.0.2", 1);
	ck_assert(!flaps(name, "10.0.0.1", "10.0.0.2", 1));
	for (i = 2; i < 200; i += 2)
	{
		answer(name, "10.0.0.1", i);
		ck_assert(flaps(name, "10.0.0.2", "10.0.0.1", i));
		answer(name, "10.0.0.2", i + 1);
	}
	name->destroy(name);
}
END_TEST

START_TEST(test_coming_back_for_good)
{
	peer_resolve_name_t *name = peer_resolve_name_create("a");
	u_int i;

	answer(name, "10.0.0.1", 0);
	answer(name, "10.0.0.2", 1);
	for (i = 2; i < 11; i++)
	{
		answer(name, "10.0.0.1", i);
		ck_assert(flaps(name, "10.0.0.2", "10.0.0.1", i));
	}
	answer(name, "10.0.0.1", 11);
	ck_assert(!flaps(name, "10.0.0.2", "10.0.0.1", 11));
	name->destroy(name);
}
END_TEST

START_TEST(test_ever_new)
{
	peer_resolve_name_t *name = peer_resolve_name_create("a");

	answer(name, "10.0.0.1", 0);
	answer(name, "10.0.0.2", 1);
	answer(name, "10.0.0.3", 2);
	ck_assert(!flaps(name, "10.0.0.2", "10.0.0.3", 2));
	answer(name, "10.0.0.4", 3);
	ck_assert(flaps(name, "10.0.0.3", "10.0.0.4", 3));
	/* a change after a long time */
	answer(name, "10.0.0.4", 80);
	answer(name, "10.0.0.5", 81);
	ck_assert(!flaps(name, "10.0.0.4", "10.0.0.5", 81));
	name->destroy(name);
}
END_TEST

START_TEST(test_many)
{
	peer_resolve_name_t *name = peer_resolve_name_create("a");
	char text[BUF_LEN] = "";
	u_int i;

	/* one that is left of several is no change */
	answer(name, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4", 0);
	answer(name, "10.0.0.4", 1);
	answer(name, "10.0.0.3 10.0.0.4", 2);
	answer(name, "10.0.0.5", 3);
	ck_assert(!flaps(name, "10.0.0.4", "10.0.0.5", 3));
	/* more than are remembered */
	for (i = 4; i < 400; i++)
	{
		snprintf(text, sizeof(text), "10.1.%u.1 10.2.%u.1", i % 200, i % 200);
		answer(name, text, i);
	}
	ck_assert(flaps(name, "10.1.199.1", "10.1.198.1", 399));
	name->destroy(name);
}
END_TEST

static const struct {
	const char *address;
	bool place;
} places[] = {
	{ "10.0.0.1", TRUE }, { "223.255.255.255", TRUE }, { "1.0.0.0", TRUE },
	{ "0.0.0.0", FALSE }, { "0.0.0.1", FALSE }, { "127.0.0.1", FALSE },
	{ "127.9.9.9", FALSE }, { "224.0.0.1", FALSE }, { "240.0.0.1", FALSE },
	{ "255.255.255.255", FALSE }, { "fec0::", TRUE }, { "fec0::1", TRUE },
	{ "::2", TRUE }, { "::", FALSE }, { "::1", FALSE }, { "ff02::1", FALSE },
};

START_TEST(test_places)
{
	host_t *host = host_create_from_string((char*)places[_i].address, 0);

	ck_assert(host);
	ck_assert_int_eq(peer_resolve_is_place(host), places[_i].place);
	host->destroy(host);
}
END_TEST

SUITE(peer_resolve_name)
{
	Suite *s;
	TCase *tc;

	s = suite_create("peer_resolve_name");
	tc = tcase_create("name");
	tcase_add_test(tc, test_answers);
	tcase_add_test(tc, test_taking_turns);
	tcase_add_test(tc, test_coming_back_for_good);
	tcase_add_test(tc, test_ever_new);
	tcase_add_test(tc, test_many);
	tcase_add_loop_test(tc, test_places, 0, countof(places));
	suite_add_tcase(s, tc);
	return s;
}
