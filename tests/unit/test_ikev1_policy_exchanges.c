/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <ikev1_policy_exchanges.h>

/**
 * A peer starts Quick Modes from..to, and each is answered. Returns how many
 * are lost by that.
 */
static u_int start(ikev1_policy_exchanges_t *exchanges, uint32_t from,
				   uint32_t to, time_t now)
{
	u_int lost = 0;
	uint32_t mid;

	for (mid = from; mid <= to; mid++)
	{
		lost += exchanges->use(exchanges, mid, now);
		lost += exchanges->use(exchanges, mid, now);
		exchanges->begin(exchanges, mid, now);
	}
	return lost;
}

/**
 * The peer's last message of a Quick Mode, which can be decrypted.
 */
static u_int finish(ikev1_policy_exchanges_t *exchanges, uint32_t mid,
					time_t now)
{
	u_int lost = exchanges->use(exchanges, mid, now);

	exchanges->end(exchanges, mid);
	return lost;
}

START_TEST(test_fits)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(3);
	uint32_t mid;

	ck_assert_uint_eq(start(exchanges, 1, 3, 10), 0);
	ck_assert_uint_eq(exchanges->get_running(exchanges, 10), 3);
	for (mid = 1; mid <= 3; mid++)
	{
		ck_assert_uint_eq(finish(exchanges, mid, 11), 0);
	}
	ck_assert_uint_eq(exchanges->get_running(exchanges, 11), 0);
	/* those that are over make room */
	ck_assert_uint_eq(start(exchanges, 4, 6, 12), 0);
	exchanges->destroy(exchanges);
}
END_TEST

START_TEST(test_one_too_many)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(3);

	ck_assert_uint_eq(start(exchanges, 1, 4, 10), 1);
	/* the lost one counts until its last message comes */
	ck_assert_uint_eq(exchanges->get_running(exchanges, 10), 4);
	/* that message is an exchange of its own for core and drives the next one
	 * out, and so on */
	ck_assert(exchanges->use(exchanges, 1, 11));
	ck_assert_uint_eq(exchanges->get_running(exchanges, 11), 3);
	ck_assert(exchanges->use(exchanges, 2, 11));
	ck_assert(exchanges->use(exchanges, 3, 11));
	/* nobody waits but this one */
	ck_assert(!exchanges->use(exchanges, 4, 11));
	exchanges->destroy(exchanges);
}
END_TEST

START_TEST(test_order_of_use)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(3);

	ck_assert_uint_eq(start(exchanges, 1, 3, 10), 0);
	/* 2 and 3 are over, but it is 1 that falls out as it was used before */
	ck_assert_uint_eq(finish(exchanges, 2, 10), 0);
	ck_assert_uint_eq(finish(exchanges, 3, 10), 0);
	ck_assert(exchanges->use(exchanges, 99, 10));
	ck_assert_uint_eq(exchanges->get_running(exchanges, 10), 1);
	exchanges->destroy(exchanges);
}
END_TEST

START_TEST(test_others_take_places)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(20);

	/* as many as the window holds, but then a DPD exchange, whose request and
	 * answer have IDs of their own */
	ck_assert_uint_eq(start(exchanges, 1, 20, 10), 0);
	ck_assert(exchanges->use(exchanges, 1001, 10));
	ck_assert(exchanges->use(exchanges, 1002, 10));
	ck_assert_uint_eq(exchanges->get_running(exchanges, 10), 20);
	exchanges->destroy(exchanges);
}
END_TEST

START_TEST(test_given_up)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(3);
	time_t later = 10 + IKEV1_POLICY_QUICK_MODE_TIMEOUT;

	/* never completed, and long over when their places are taken */
	ck_assert_uint_eq(start(exchanges, 1, 3, 10), 0);
	ck_assert_uint_eq(exchanges->get_running(exchanges, later - 1), 3);
	ck_assert_uint_eq(exchanges->get_running(exchanges, later), 0);
	ck_assert_uint_eq(start(exchanges, 4, 6, later), 0);
	ck_assert_uint_eq(exchanges->get_running(exchanges, later), 3);
	exchanges->destroy(exchanges);
}
END_TEST

START_TEST(test_ends_unknown)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(3);

	exchanges->begin(exchanges, 7, 10);
	exchanges->end(exchanges, 7);
	ck_assert_uint_eq(exchanges->get_running(exchanges, 10), 0);
	exchanges->destroy(exchanges);
}
END_TEST

START_TEST(test_flood)
{
	ikev1_policy_exchanges_t *exchanges = ikev1_policy_exchanges_create(1024);

	ck_assert_uint_eq(start(exchanges, 1, 10000, 10), 10000 - 1024);
	/* what is remembered has a bound */
	ck_assert_uint_eq(exchanges->get_running(exchanges, 10), 2 * 1024);
	exchanges->destroy(exchanges);
}
END_TEST

SUITE(ikev1_policy_exchanges)
{
	Suite *s = suite_create("ikev1_policy_exchanges");
	TCase *tc;

	tc = tcase_create("window");
	tcase_add_test(tc, test_fits);
	tcase_add_test(tc, test_one_too_many);
	tcase_add_test(tc, test_order_of_use);
	tcase_add_test(tc, test_others_take_places);
	tcase_add_test(tc, test_given_up);
	tcase_add_test(tc, test_ends_unknown);
	tcase_add_test(tc, test_flood);
	suite_add_tcase(s, tc);
	return s;
}
