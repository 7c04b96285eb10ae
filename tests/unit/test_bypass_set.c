/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <bypass_set.h>

static int compare(const void *a, const void *b)
{
	return *(int*)a - *(int*)b;
}

/**
 * Create a sealed set of the digits in a string.
 */
static bypass_set_t *create(const char *digits)
{
	bypass_set_t *set = bypass_set_create(sizeof(int), compare);
	int value;

	for (; *digits; digits++)
	{
		value = *digits - '0';
		bypass_set_add(set, &value);
	}
	bypass_set_seal(set);
	return set;
}

/**
 * Check a set against the digits in a string, and destroy it.
 */
static void check(bypass_set_t *set, const char *digits)
{
	u_int i;

	ck_assert_uint_eq(set->count, strlen(digits));
	for (i = 0; i < set->count; i++)
	{
		ck_assert_int_eq(*(int*)bypass_set_get(set, i), digits[i] - '0');
	}
	bypass_set_destroy(set);
}

static struct {
	char *in;
	char *out;
} seals[] = {
	{ "", "" }, { "1", "1" }, { "11", "1" }, { "21", "12" },
	{ "3123321", "123" }, { "99999", "9" }, { "0123456789", "0123456789" },
};

START_TEST(test_seal)
{
	check(create(seals[_i].in), seals[_i].out);
}
END_TEST

static struct {
	char *have;
	char *want;
	char *add;
	char *del;
} diffs[] = {
	{ "", "", "", "" },
	{ "", "123", "123", "" },
	{ "123", "", "", "123" },
	{ "123", "123", "", "" },
	{ "123", "134", "4", "2" },
	{ "19", "258", "258", "19" },
	{ "13579", "2468", "2468", "13579" },
};

START_TEST(test_diff)
{
	bypass_set_t *have = create(diffs[_i].have), *want = create(diffs[_i].want);
	bypass_set_t *add, *del;

	bypass_set_diff(have, want, &add, &del);
	check(add, diffs[_i].add);
	check(del, diffs[_i].del);
	bypass_set_destroy(have);
	bypass_set_destroy(want);
}
END_TEST

START_TEST(test_find)
{
	bypass_set_t *set = create("147"), *none = create("");
	int key;

	for (key = 0; key < 9; key++)
	{
		ck_assert_int_eq(bypass_set_find(set, &key) != NULL,
						 key == 1 || key == 4 || key == 7);
		ck_assert(!bypass_set_find(none, &key));
	}
	bypass_set_destroy(set);
	bypass_set_destroy(none);
	bypass_set_destroy(NULL);
}
END_TEST

/** digits inserted into "357", and removed */
START_TEST(test_insert)
{
	static const char *const inserted[] = {
		"0357", "1357", "2357", "357", "3457", "357", "3567", "357", "3578",
		"3579",
	};
	bypass_set_t *set;
	int key;

	for (key = 0; key < countof(inserted); key++)
	{
		set = create("357");
		bypass_set_insert(set, &key);
		check(set, inserted[key]);

		set = create("357");
		bypass_set_insert(set, &key);
		bypass_set_remove(set, bypass_set_find(set, &key));
		check(set, key == 3 ? "57" : key == 5 ? "37" : key == 7 ? "35"
																: "357");
	}
}
END_TEST

SUITE(bypass_set)
{
	Suite *s = suite_create("bypass: sets");
	TCase *tc;

	tc = tcase_create("sets");
	tcase_add_loop_test(tc, test_seal, 0, countof(seals));
	tcase_add_loop_test(tc, test_diff, 0, countof(diffs));
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_insert);
	suite_add_tcase(s, tc);

	return s;
}
