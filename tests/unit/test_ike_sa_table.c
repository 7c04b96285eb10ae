/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <ike_sa_table.h>

START_TEST(test_table)
{
	hashtable_t *table = ike_sa_table_create();

	ck_assert(!ike_sa_table_get(table, 1));
	ck_assert(!ike_sa_table_put(table, 1, "a"));
	ck_assert(!ike_sa_table_put(table, UINT32_MAX, "z"));
	ck_assert_str_eq(ike_sa_table_get(table, 1), "a");
	ck_assert_str_eq(ike_sa_table_put(table, 1, "b"), "a");
	/* a rekeying, and one of an SA that nothing hangs on */
	ck_assert_str_eq(ike_sa_table_move(table, 1, 2), "b");
	ck_assert(!ike_sa_table_move(table, 1, 3));
	ck_assert(!ike_sa_table_get(table, 1));
	ck_assert(!ike_sa_table_get(table, 3));
	ck_assert_str_eq(ike_sa_table_take(table, 2), "b");
	ck_assert(!ike_sa_table_take(table, 2));
	ck_assert_str_eq(ike_sa_table_get(table, UINT32_MAX), "z");
	ck_assert_uint_eq(table->get_count(table), 1);
	table->destroy(table);
}
END_TEST

/** how often each of two values was destroyed */
static u_int destroyed[2];

static void destroy(u_int *count)
{
	(*count)++;
}

START_TEST(test_destroy)
{
	hashtable_t *table = ike_sa_table_create();

	ike_sa_table_put(table, 1, &destroyed[0]);
	ike_sa_table_put(table, 2, &destroyed[1]);
	ike_sa_table_destroy(table, (void*)destroy);
	ck_assert_uint_eq(destroyed[0], 1);
	ck_assert_uint_eq(destroyed[1], 1);
}
END_TEST

SUITE(ike_sa_table)
{
	Suite *s = suite_create("ike_sa_table");
	TCase *tc;

	tc = tcase_create("table");
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_destroy);
	suite_add_tcase(s, tc);
	return s;
}
