/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <utf8.h>

static const struct {
	const char *str;
	size_t len;
} chars[] = {
	{ "a", 1 },
	{ "\x01", 1 },
	{ "\x7f", 1 },
	{ "\xc2\x80", 2 },
	{ "\xdf\xbf", 2 },
	{ "\xe0\xa0\x80", 3 },
	{ "\xed\x9f\xbf", 3 },
	{ "\xee\x80\x80", 3 },
	{ "\xef\xbf\xbf", 3 },
	{ "\xf0\x90\x80\x80", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	/* continuation without a lead, lead without continuation */
	{ "\x80", 0 },
	{ "\xbf", 0 },
	{ "\xc3", 0 },
	{ "\xc3(", 0 },
	{ "\xe2\x82", 0 },
	{ "\xe2\x82(", 0 },
	{ "\xf0\x9f\x98", 0 },
	{ "\xf0\x9f\x98(", 0 },
	/* overlong */
	{ "\xc0\x80", 0 },
	{ "\xc1\xbf", 0 },
	{ "\xe0\x9f\xbf", 0 },
	{ "\xf0\x8f\xbf\xbf", 0 },
	/* surrogates, above U+10FFFF */
	{ "\xed\xa0\x80", 0 },
	{ "\xed\xbf\xbf", 0 },
	{ "\xf4\x90\x80\x80", 0 },
	{ "\xf5\x80\x80\x80", 0 },
	{ "\xff", 0 },
};

START_TEST(test_length)
{
	ck_assert_uint_eq(utf8_length(chars[_i].str), chars[_i].len);
}
END_TEST

START_TEST(test_valid)
{
	char str[16];

	ck_assert_int_eq(utf8_valid(chars[_i].str), chars[_i].len != 0);
	snprintf(str, sizeof(str), "ok%sok", chars[_i].str);
	ck_assert_int_eq(utf8_valid(str), chars[_i].len != 0);
}
END_TEST

START_TEST(test_valid_empty)
{
	ck_assert(utf8_valid(""));
}
END_TEST

static const struct {
	const char *str;
	size_t max;
	const char *printed;
} prints[] = {
	{ "", 8, "" },
	{ "Jos\xc3\xa9", 8, "Jos\xc3\xa9" },
	{ "a\nb\t\x1b[31m\x7f", 16, "a\\x0ab\\x09\\x1b[31m\\x7f" },
	{ "\xff" "a\xc3", 8, "\\xffa\\xc3" },
	{ "\xc2\x9b" "31m", 8, "\\xc2\\x9b31m" },
	{ "\xc2\xa0", 8, "\xc2\xa0" },
	{ "\xed\xa0\x80", 8, "\\xed\\xa0\\x80" },
	{ "12345678", 8, "12345678" },
	{ "123456789", 8, "12345678..." },
	/* a character isn't cut */
	{ "1234567\xc3\xa9", 8, "1234567..." },
	{ "123456\xc3\xa9", 8, "123456\xc3\xa9" },
	{ "\xff\xff\xff", 2, "\\xff\\xff..." },
	{ "abc", 0, "..." },
};

START_TEST(test_print)
{
	char *printed = utf8_escape(prints[_i].str, prints[_i].max);

	ck_assert_str_eq(printed, prints[_i].printed);
	free(printed);
}
END_TEST

static const struct {
	const char *str;
	size_t max;
	const char *printed;
} jsons[] = {
	{ "", 8, "\"\"" },
	{ "a\"b\\c/", 16, "\"a\\\"b\\\\c/\"" },
	{ "a\n\x01\x7f", 16, "\"a\\u000a\\u0001\\u007f\"" },
	{ "Jos\xc3\xa9\xe2\x82\xac", 16, "\"Jos\xc3\xa9\xe2\x82\xac\"" },
	{ "\xff" "a\xc3", 8, "\"\\u00ffa\\u00c3\"" },
	{ "\xc2\x9b" "31m", 8, "\"\\u009b31m\"" },
	{ "12345678", 8, "\"12345678\"" },
	{ "123456789", 8, "\"12345678...\"" },
	{ "1234567\xc3\xa9", 8, "\"1234567...\"" },
	{ "abc", 0, "\"...\"" },
	{ "abc", SIZE_MAX, "\"abc\"" },
};

START_TEST(test_json)
{
	char *printed = NULL;
	size_t len;
	FILE *out = open_memstream(&printed, &len);

	utf8_print_json(out, jsons[_i].str, jsons[_i].max);
	fclose(out);
	ck_assert_str_eq(printed, jsons[_i].printed);
	free(printed);
}
END_TEST

SUITE(utf8)
{
	Suite *s;
	TCase *tc;

	s = suite_create("utf8");

	tc = tcase_create("length");
	tcase_add_loop_test(tc, test_length, 0, countof(chars));
	suite_add_tcase(s, tc);

	tc = tcase_create("valid");
	tcase_add_loop_test(tc, test_valid, 0, countof(chars));
	tcase_add_test(tc, test_valid_empty);
	suite_add_tcase(s, tc);

	tc = tcase_create("print");
	tcase_add_loop_test(tc, test_print, 0, countof(prints));
	tcase_add_loop_test(tc, test_json, 0, countof(jsons));
	suite_add_tcase(s, tc);

	return s;
}
