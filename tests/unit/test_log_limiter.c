/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <log_limiter.h>

START_TEST(test_pass)
{
	log_limiter_t *limiter = log_limiter_create();
	u_int missed = 9;

	ck_assert(limiter->pass(limiter, "a", 100, &missed));
	ck_assert_uint_eq(missed, 0);
	ck_assert(!limiter->pass(limiter, "a", 100, &missed));
	ck_assert(!limiter->pass(limiter, "a", 109, &missed));
	ck_assert(limiter->pass(limiter, "b", 109, &missed));
	ck_assert_uint_eq(missed, 0);
	ck_assert(limiter->pass(limiter, "a", 110, &missed));
	ck_assert_uint_eq(missed, 2);
	ck_assert(!limiter->pass(limiter, "a", 119, &missed));
	limiter->destroy(limiter);
}
END_TEST

START_TEST(test_more)
{
	char more[LOG_LIMITER_MORE];

	ck_assert_str_eq(log_limiter_more(more, 0, "times"), "");
	ck_assert_str_eq(log_limiter_more(more, 1, ""),
					 " (and 1 more since the last such line)");
	ck_assert_str_eq(log_limiter_more(more, UINT_MAX, "packets"),
					 " (and 4294967295 more packets since the last such line)");
}
END_TEST

START_TEST(test_now)
{
	log_limiter_t *limiter = log_limiter_create();
	char more[LOG_LIMITER_MORE];
	u_int missed;

	ck_assert(log_limiter_pass(limiter, more, "times", "%s %u", "a", 7));
	ck_assert_str_eq(more, "");
	ck_assert(!log_limiter_pass(limiter, more, "times", "%s %u", "a", 7));
	ck_assert(log_limiter_pass(limiter, more, "times", "%s %u", "a", 8));
	/* the one that was left out is told about by the next one */
	ck_assert(limiter->pass(limiter, "a 7", time_monotonic(NULL) +
							LOG_LIMITER_INTERVAL, &missed));
	ck_assert_uint_eq(missed, 1);
	limiter->destroy(limiter);
}
END_TEST

START_TEST(test_bounded)
{
	log_limiter_t *limiter = log_limiter_create();
	u_int missed, i;
	char key[16];

	for (i = 0; i <= LOG_LIMITER_KEYS; i++)
	{
		snprintf(key, sizeof(key), "%u", i);
		ck_assert(limiter->pass(limiter, key, 100, &missed));
	}
	/* forgotten, as there were too many */
	ck_assert(limiter->pass(limiter, "0", 100, &missed));
	limiter->destroy(limiter);
}
END_TEST

SUITE(log_limiter)
{
	Suite *s = suite_create("log_limiter");
	TCase *tc;

	tc = tcase_create("pass");
	tcase_add_test(tc, test_pass);
	tcase_add_test(tc, test_more);
	tcase_add_test(tc, test_now);
	tcase_add_test(tc, test_bounded);
	suite_add_tcase(s, tc);
	return s;
}
