/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <option_errors.h>

static const struct {
	const char *key;
	const char *value;
	const char *line;
} lines[] = {
	{ "limit", "abc", "limit = \"abc\": expected 1-9" },
	{ "rules.a.limit", "", "rules.a.limit = \"\": expected 1-9" },
	{ "limit", NULL, "limit: expected 1-9" },
	{ NULL, NULL, "expected 1-9" },
	{ "limit", "%s%n", "limit = \"%s%n\": expected 1-9" },
	{ "%n", "1", "%n = \"1\": expected 1-9" },
	{ "limit", "a\nb\xff", "limit = \"a\\x0ab\\xff\": expected 1-9" },
	{ "a\xff\x1b", NULL, "a\\xff\\x1b: expected 1-9" },
	{ "limit", "Jos\xc3\xa9", "limit = \"Jos\xc3\xa9\": expected 1-9" },
	{ "limit",
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  "limit = \"0123456789abcdef0123456789abcdef0123456789abcdef"
	  "0123456789abcdef\": expected 1-9" },
	{ "limit",
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefX",
	  "limit = \"0123456789abcdef0123456789abcdef0123456789abcdef"
	  "0123456789abcdef...\": expected 1-9" },
};

static void assert_lines(option_errors_t *errors, const char **expected)
{
	enumerator_t *enumerator;
	const char *line;

	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		ck_assert_ptr_ne(*expected, NULL);
		ck_assert_str_eq(line, *expected++);
	}
	enumerator->destroy(enumerator);
	ck_assert_ptr_eq(*expected, NULL);
}

START_TEST(test_add)
{
	const char *expected[] = { lines[_i].line, NULL };
	option_errors_t *errors;

	errors = option_errors_create();
	errors->add(errors, lines[_i].key, lines[_i].value, "expected %d-%d", 1, 9);
	ck_assert_uint_eq(errors->get_count(errors), 1);
	assert_lines(errors, expected);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_sections)
{
	const char *expected[] = {
		"rules: too many", "rules.a.limit: too large", "rules.a: too long",
		"limit: too large", NULL
	};
	option_errors_t *errors = option_errors_create();
	size_t outer, inner;

	outer = errors->enter(errors, "rules");
	errors->add(errors, "", NULL, "too many");
	inner = errors->enter(errors, "a");
	errors->add(errors, "limit", NULL, "too large");
	errors->add(errors, "", NULL, "too long");
	errors->leave(errors, inner);
	errors->leave(errors, outer);
	errors->add(errors, "limit", NULL, "too large");
	assert_lines(errors, expected);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_empty)
{
	const char *expected[] = { NULL };
	option_errors_t *errors;

	errors = option_errors_create();
	ck_assert_uint_eq(errors->get_count(errors), 0);
	assert_lines(errors, expected);
	log_capture();
	errors->log(errors, "plugin", "not loading");
	ck_assert_str_eq(log_captured(), "");
	errors->destroy(errors);
}
END_TEST

START_TEST(test_order)
{
	const char *expected[] = { "b = \"1\": x", "a = \"2\": y", "b: z", NULL };
	option_errors_t *errors;

	errors = option_errors_create();
	errors->add(errors, "b", "1", "x");
	errors->add(errors, "a", "2", "y");
	errors->add(errors, "b", NULL, "z");
	assert_lines(errors, expected);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_log)
{
	option_errors_t *errors;

	errors = option_errors_create();
	errors->add(errors, "rules.mobile.limit", "abc", "expected 1-65535");
	errors->add(errors, "mode", "100%", "expected yes or no");
	log_capture();
	errors->log(errors, "unique-policy", "keeping the previous settings");
	ck_assert_str_eq(log_captured(),
		"unique-policy: rules.mobile.limit = \"abc\": expected 1-65535; "
			"keeping the previous settings\n"
		"unique-policy: mode = \"100%\": expected yes or no; "
			"keeping the previous settings\n");
	errors->destroy(errors);
}
END_TEST

START_TEST(test_cap)
{
	option_errors_t *errors;
	const char *log;
	int i, count = 0;
	char line[64] = "";

	errors = option_errors_create();
	for (i = 0; i < OPTION_ERRORS_MAX + _i; i++)
	{
		errors->add(errors, "a", NULL, "%d", i);
	}
	ck_assert_uint_eq(errors->get_count(errors), OPTION_ERRORS_MAX + _i);
	log_capture();
	errors->log(errors, "plugin", "not loading");
	for (log = log_captured(); *log; log += strlen(line) + 1)
	{
		ck_assert_int_eq(sscanf(log, "%63[^\n]", line), 1);
		count++;
	}
	switch (_i)
	{
		case 0:
			ck_assert_int_eq(count, OPTION_ERRORS_MAX);
			ck_assert_str_eq(line, "plugin: a: 19; not loading");
			break;
		case 1:
			ck_assert_int_eq(count, OPTION_ERRORS_MAX + 1);
			ck_assert_str_eq(line, "plugin: 1 more error; not loading");
			break;
		case 2:
			ck_assert_int_eq(count, OPTION_ERRORS_MAX + 1);
			ck_assert_str_eq(line, "plugin: 2 more errors; not loading");
			break;
	}
	errors->destroy(errors);
}
END_TEST

SUITE(option_errors)
{
	Suite *s;
	TCase *tc;

	s = suite_create("option_errors");

	tc = tcase_create("add");
	tcase_add_loop_test(tc, test_add, 0, countof(lines));
	tcase_add_test(tc, test_sections);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_order);
	suite_add_tcase(s, tc);

	tc = tcase_create("log");
	tcase_add_test(tc, test_log);
	tcase_add_loop_test(tc, test_cap, 0, 3);
	suite_add_tcase(s, tc);

	return s;
}
