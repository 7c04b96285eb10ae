/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <async_crypto_cpus.h>

/** lists and their masks */
static struct {
	char *list;
	char *mask;
} valid[] = {
	{ "0", "00000001" },
	{ "0-3", "0000000f" },
	{ "0-3,6", "0000004f" },
	{ " 1 - 2 , 31 ", "80000006" },
	{ "32", "00000001,00000000" },
	{ "31-32", "00000001,80000000" },
	{ "0,0,0-0", "00000001" },
	{ "1023", NULL },
};

START_TEST(test_valid)
{
	async_crypto_cpus_t cpus;
	char mask[ASYNC_CRYPTO_MASK_LEN];

	ck_assert(async_crypto_cpus_parse(valid[_i].list, &cpus));
	async_crypto_cpus_mask(&cpus, mask);
	if (valid[_i].mask)
	{
		ck_assert_str_eq(mask, valid[_i].mask);
	}
	else
	{
		ck_assert_uint_eq(strlen(mask), sizeof(mask) - 2);
	}
}
END_TEST

static char *invalid[] = {
	"", " ", ",", "0,", ",0", "a", "0-", "-1", "3-1", "0-3-5", "0 1", "0x1",
	"1024", "0-1024", "99999999999999999999", "0;1",
};

START_TEST(test_invalid)
{
	async_crypto_cpus_t cpus;

	ck_assert(!async_crypto_cpus_parse(invalid[_i], &cpus));
}
END_TEST

START_TEST(test_within)
{
	async_crypto_cpus_t some, all;

	async_crypto_cpus_parse("0-3,40", &all);
	async_crypto_cpus_parse("1,40", &some);
	ck_assert(async_crypto_cpus_within(&some, &all));
	ck_assert(async_crypto_cpus_within(&all, &all));
	async_crypto_cpus_parse("4", &some);
	ck_assert(!async_crypto_cpus_within(&some, &all));
	async_crypto_cpus_parse("0,41", &some);
	ck_assert(!async_crypto_cpus_within(&some, &all));
}
END_TEST

SUITE(async_crypto_cpus)
{
	Suite *s = suite_create("async-crypto: cpus");
	TCase *tc = tcase_create("lists");

	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_within);
	suite_add_tcase(s, tc);
	return s;
}
