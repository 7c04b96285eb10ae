/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <glob_list.h>
#include <option_value.h>

#include <collections/linked_list.h>
#include <selectors/traffic_selector.h>
#include <utils/identification.h>

/**
 * A member of any type.
 */
typedef union {
	bool flag;
	uint32_t number;
	double decimal;
	int index;
	char *text;
	glob_list_t *globs;
	linked_list_t *subnets;
	identification_t *id;
	options_sections_t sections;
} slot_t;

static const char *const names[] = { "replace", "no", "never", "keep", NULL };

static const option_t of_bool = { .type = OPTION_BOOL };
static const option_t of_int = { .type = OPTION_INT, .min = 1, .max = 65535 };
static const option_t of_any = { .type = OPTION_INT, .max = UINT32_MAX - 1 };
static const option_t of_decimal = {
	.type = OPTION_DECIMAL, .min = 500, .max = 100000
};
static const option_t of_time = { .type = OPTION_TIME, .min = 2, .max = 86400 };
static const option_t of_enum = { .type = OPTION_ENUM, .names = names };
static const option_t of_string = { .type = OPTION_STRING };
static const option_t of_secret = { .type = OPTION_SECRET };
static const option_t of_globs = { .type = OPTION_GLOBS };
static const option_t of_subnets = { .type = OPTION_SUBNETS };
static const option_t of_id = { .type = OPTION_ID };
static const option_t of_sections = { .type = OPTION_SECTIONS, .key = "rules" };

#define INT_ERROR "expected 1-65535"
#define ANY_ERROR "expected 0-4294967294"
#define DECIMAL_ERROR "expected 0.5-100, such as 1.8"
#define TIME_ERROR "expected 2-86400 seconds (or with s, m, h, d)"
#define SUBNETS_ERROR "expected a comma separated list of networks, " \
					  "address ranges and addresses"
#define GLOBS_ERROR "expected a comma separated list of patterns"

static const struct {
	const option_t *option;
	const char *value;
	uint32_t number;
} numbers[] = {
	{ &of_bool, "yes", TRUE },
	{ &of_bool, "true", TRUE },
	{ &of_bool, "enabled", TRUE },
	{ &of_bool, "1", TRUE },
	{ &of_bool, "YES", TRUE },
	{ &of_bool, "no", FALSE },
	{ &of_bool, "false", FALSE },
	{ &of_bool, "disabled", FALSE },
	{ &of_bool, "0", FALSE },
	{ &of_bool, "No", FALSE },
	{ &of_int, "1", 1 },
	{ &of_int, "42", 42 },
	{ &of_int, "65535", 65535 },
	{ &of_int, "010", 10 },
	{ &of_any, "0", 0 },
	{ &of_any, "4294967294", UINT32_MAX - 1 },
	/* in thousandths, here */
	{ &of_decimal, "0.5", 500 },
	{ &of_decimal, "1.8", 1800 },
	{ &of_decimal, "1.80000000000000000000", 1800 },
	{ &of_decimal, "007", 7000 },
	{ &of_decimal, "100.0", 100000 },
	{ &of_time, "2", 2 },
	{ &of_time, "90s", 90 },
	{ &of_time, "5m", 300 },
	{ &of_time, "2h", 7200 },
	{ &of_time, "1d", 86400 },
	{ &of_time, "86400", 86400 },
	{ &of_enum, "replace", 0 },
	{ &of_enum, "keep", 3 },
	{ &of_enum, "Never", 2 },
};

static uint32_t get_number(const option_t *option, slot_t *slot)
{
	switch (option->type)
	{
		case OPTION_BOOL:
			return slot->flag;
		case OPTION_ENUM:
			return slot->index;
		case OPTION_DECIMAL:
			return slot->decimal * 1000 + 0.5;
		default:
			return slot->number;
	}
}

START_TEST(test_number)
{
	const option_t *option = numbers[_i].option;
	option_errors_t *errors;
	slot_t slot;

	errors = option_errors_create();
	option_value_init(option, &slot);
	option_value_parse(option, numbers[_i].value, &slot, errors, "key");
	ck_assert_uint_eq(errors->get_count(errors), 0);
	ck_assert_uint_eq(get_number(option, &slot), numbers[_i].number);
	option_value_clear(option, &slot);
	errors->destroy(errors);
}
END_TEST

static const struct {
	const option_t *option;
	const char *value;
	const char *error;
	/** what errors show for the value, if it isn't printable */
	const char *shown;
} invalid[] = {
	{ &of_bool, "", "expected yes or no" },
	{ &of_bool, "on", "expected yes or no" },
	{ &of_bool, "2", "expected yes or no" },
	{ &of_bool, "yes ", "expected yes or no" },
	{ &of_bool, "yesno", "expected yes or no" },
	{ &of_int, "", INT_ERROR },
	{ &of_int, "0", INT_ERROR },
	{ &of_int, "65536", INT_ERROR },
	{ &of_int, "-1", INT_ERROR },
	{ &of_int, "+1", INT_ERROR },
	{ &of_int, " 1", INT_ERROR },
	{ &of_int, "1 ", INT_ERROR },
	{ &of_int, "1x", INT_ERROR },
	{ &of_int, "0x10", INT_ERROR },
	{ &of_int, "1.5", INT_ERROR },
	{ &of_int, "1e3", INT_ERROR },
	{ &of_int, "abc", INT_ERROR },
	/* 2^32 + 1, 2^64 + 1, and far beyond */
	{ &of_int, "4294967297", INT_ERROR },
	{ &of_int, "18446744073709551617", INT_ERROR },
	{ &of_int, "99999999999999999999999999999999999999999", INT_ERROR },
	/* what stands for unset */
	{ &of_any, "4294967295", ANY_ERROR },
	{ &of_decimal, "", DECIMAL_ERROR },
	{ &of_decimal, "0.4999", DECIMAL_ERROR },
	{ &of_decimal, "100.001", DECIMAL_ERROR },
	{ &of_decimal, "1,8", DECIMAL_ERROR },
	{ &of_decimal, "1.", DECIMAL_ERROR },
	{ &of_decimal, ".8", DECIMAL_ERROR },
	{ &of_decimal, "1.8.8", DECIMAL_ERROR },
	{ &of_decimal, "1e1", DECIMAL_ERROR },
	{ &of_decimal, "0x1", DECIMAL_ERROR },
	{ &of_decimal, "-1", DECIMAL_ERROR },
	{ &of_decimal, " 1", DECIMAL_ERROR },
	{ &of_decimal, "nan", DECIMAL_ERROR },
	{ &of_decimal, "999999999999999999999999999999", DECIMAL_ERROR },
	{ &of_time, "", TIME_ERROR },
	{ &of_time, "1", TIME_ERROR },
	{ &of_time, "86401", TIME_ERROR },
	{ &of_time, "2d", TIME_ERROR },
	{ &of_time, "m", TIME_ERROR },
	{ &of_time, "5 m", TIME_ERROR },
	{ &of_time, "5min", TIME_ERROR },
	{ &of_time, "5M", TIME_ERROR },
	{ &of_time, "1h30m", TIME_ERROR },
	{ &of_time, "-5m", TIME_ERROR },
	/* 2^32 seconds and more, in days */
	{ &of_time, "49711d", TIME_ERROR },
	{ &of_time, "4294967295d", TIME_ERROR },
	{ &of_time, "18446744073709551617d", TIME_ERROR },
	{ &of_enum, "", "expected one of replace, no, never, keep" },
	{ &of_enum, "yes", "expected one of replace, no, never, keep" },
	{ &of_enum, "keep,no", "expected one of replace, no, never, keep" },
	{ &of_enum, "kee", "expected one of replace, no, never, keep" },
	{ &of_string, "", "empty, expected a string in UTF-8" },
	{ &of_string, "a\xff", "not valid UTF-8, expected a string in UTF-8",
	  "a\\xff" },
	{ &of_globs, "", "empty, " GLOBS_ERROR },
	{ &of_globs, "a\xff", "not valid UTF-8, " GLOBS_ERROR,
	  "a\\xff" },
	{ &of_globs, "a,,b", "empty pattern, " GLOBS_ERROR },
	{ &of_globs, "a, 'b", "unbalanced quote, " GLOBS_ERROR },
	{ &of_globs, "[a", "unbalanced bracket, " GLOBS_ERROR },
	{ &of_id, "", "empty, expected an identity in UTF-8" },
	{ &of_id, "a\xff", "not valid UTF-8, expected an identity in UTF-8",
	  "a\\xff" },
	{ &of_subnets, "", SUBNETS_ERROR },
	{ &of_subnets, "lan", SUBNETS_ERROR },
	{ &of_subnets, "\xff", SUBNETS_ERROR,
	  "\\xff" },
	{ &of_subnets, "%any", SUBNETS_ERROR },
	{ &of_subnets, "%any/8", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.256", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.0/", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.0/x", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.0/-1", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.0/33", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.0/255.0.0.0", SUBNETS_ERROR },
	{ &of_subnets, "fec0::/129", SUBNETS_ERROR },
	{ &of_subnets, "fec0:::1", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.2-10.0.0.1", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.1-", SUBNETS_ERROR },
	{ &of_subnets, "-10.0.0.1", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.1-fec0::1", SUBNETS_ERROR },
	{ &of_subnets, "::1-10.0.0.1", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.1-10.0.0.2-10.0.0.3", SUBNETS_ERROR },
	{ &of_subnets, "10.0.0.0/8-10.0.0.1", SUBNETS_ERROR },
};

/**
 * Check the lines of all errors, each followed by \n.
 */
static void assert_errors(option_errors_t *errors, const char *expected)
{
	enumerator_t *enumerator;
	char *lines, *line;
	size_t len;
	FILE *out;

	out = open_memstream(&lines, &len);
	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &line))
	{
		fprintf(out, "%s\n", line);
	}
	enumerator->destroy(enumerator);
	fclose(out);
	ck_assert_str_eq(lines, expected);
	free(lines);
}

START_TEST(test_invalid)
{
	const option_t *option = invalid[_i].option;
	option_errors_t *errors;
	char expected[BUF_LEN];
	slot_t slot;

	snprintf(expected, sizeof(expected), "key = \"%s\": %s\n",
			 invalid[_i].shown ?: invalid[_i].value, invalid[_i].error);

	errors = option_errors_create();
	option_value_init(option, &slot);
	option_value_parse(option, invalid[_i].value, &slot, errors, "key");
	assert_errors(errors, expected);
	option_value_clear(option, &slot);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_string)
{
	option_errors_t *errors;
	char value[] = "Jos\xc3\xa9, 100%";
	slot_t slot;

	errors = option_errors_create();
	option_value_init(&of_string, &slot);
	option_value_parse(&of_string, value, &slot, errors, "key");
	memset(value, 'x', sizeof(value) - 1);
	ck_assert_str_eq(slot.text, "Jos\xc3\xa9, 100%");
	option_value_clear(&of_string, &slot);
	ck_assert_ptr_eq(slot.text, NULL);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_secret)
{
	option_errors_t *errors;
	slot_t slot;

	errors = option_errors_create();
	option_value_init(&of_secret, &slot);
	option_value_parse(&of_secret, "4711", &slot, errors, "key");
	ck_assert_str_eq(slot.text, "4711");
	option_value_clear(&of_secret, &slot);
	ck_assert_ptr_eq(slot.text, NULL);
	option_value_parse(&of_secret, "4711\xff", &slot, errors, "key");
	assert_errors(errors, "key: not valid UTF-8, expected a string in "
						  "UTF-8\n");
	errors->destroy(errors);
}
END_TEST

START_TEST(test_globs)
{
	option_errors_t *errors;
	slot_t slot;

	errors = option_errors_create();
	option_value_init(&of_globs, &slot);
	option_value_parse(&of_globs, "eth*, !eth7", &slot, errors, "key");
	ck_assert(slot.globs->matches(slot.globs, "eth0"));
	ck_assert(!slot.globs->matches(slot.globs, "eth7"));
	option_value_clear(&of_globs, &slot);
	ck_assert_ptr_eq(slot.globs, NULL);
	errors->destroy(errors);
}
END_TEST

static const struct {
	const char *value;
	id_type_t type;
} ids[] = {
	{ "moon.example.org", ID_FQDN },
	{ "bob@example.org", ID_RFC822_ADDR },
	{ "C=CH, O=Acme, CN=gw", ID_DER_ASN1_DN },
	{ "192.0.2.1", ID_IPV4_ADDR },
	{ "keyid:group", ID_KEY_ID },
	{ "%any", ID_ANY },
};

START_TEST(test_id)
{
	option_errors_t *errors;
	slot_t slot;

	errors = option_errors_create();
	option_value_init(&of_id, &slot);
	option_value_parse(&of_id, ids[_i].value, &slot, errors, "key");
	ck_assert_uint_eq(errors->get_count(errors), 0);
	ck_assert_int_eq(slot.id->get_type(slot.id), ids[_i].type);
	option_value_clear(&of_id, &slot);
	ck_assert_ptr_eq(slot.id, NULL);
	errors->destroy(errors);
}
END_TEST

static const struct {
	const char *value;
	const char *subnets;
} subnets[] = {
	{ "10.0.0.0/8", "10.0.0.0/8" },
	{ "10.1.2.3/8", "10.0.0.0/8" },
	{ "0.0.0.0/0", "0.0.0.0/0" },
	{ "192.0.2.1", "192.0.2.1/32" },
	{ "192.0.2.1/32", "192.0.2.1/32" },
	{ "192.0.2.1-192.0.2.9", "192.0.2.1..192.0.2.9" },
	{ "192.0.2.1-192.0.2.1", "192.0.2.1/32" },
	{ "::/0", "::/0" },
	{ "fec0::1", "fec0::1/128" },
	{ "fec0::/10", "fec0::/10" },
	{ "fec0::1-fec0::9", "fec0::1..fec0::9" },
	{ " 10.0.0.0/8 ,\tfec0::1,192.0.2.1-192.0.2.9",
	  "10.0.0.0/8 fec0::1/128 192.0.2.1..192.0.2.9" },
};

START_TEST(test_subnets)
{
	option_errors_t *errors;
	char buf[BUF_LEN];
	slot_t slot;

	errors = option_errors_create();
	option_value_init(&of_subnets, &slot);
	option_value_parse(&of_subnets, subnets[_i].value, &slot, errors, "key");
	assert_errors(errors, "");
	snprintf(buf, sizeof(buf), "%#R", slot.subnets);
	ck_assert_str_eq(buf, subnets[_i].subnets);
	option_value_clear(&of_subnets, &slot);
	ck_assert_ptr_eq(slot.subnets, NULL);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_subnets_invalid_items)
{
	option_errors_t *errors;
	slot_t slot;

	errors = option_errors_create();
	option_value_init(&of_subnets, &slot);
	option_value_parse(&of_subnets, "10.0.0.0/8, 10.0.0.0/88, ::1,, eth0",
					   &slot, errors, "lan");
	assert_errors(errors, "lan = \"10.0.0.0/88\": " SUBNETS_ERROR "\n"
						  "lan = \"\": " SUBNETS_ERROR "\n"
						  "lan = \"eth0\": " SUBNETS_ERROR "\n");
	option_value_clear(&of_subnets, &slot);
	errors->destroy(errors);
}
END_TEST

START_TEST(test_init)
{
	slot_t slot;

	memset(&slot, 0xa5, sizeof(slot));
	option_value_init(&of_bool, &slot);
	ck_assert(!slot.flag);
	option_value_init(&of_int, &slot);
	ck_assert_uint_eq(slot.number, OPTION_UNSET);
	option_value_init(&of_time, &slot);
	ck_assert_uint_eq(slot.number, OPTION_UNSET);
	option_value_init(&of_enum, &slot);
	ck_assert_int_eq(slot.index, OPTION_UNSET_ENUM);
	option_value_init(&of_string, &slot);
	ck_assert_ptr_eq(slot.text, NULL);
	option_value_init(&of_globs, &slot);
	ck_assert_ptr_eq(slot.globs, NULL);
	option_value_init(&of_subnets, &slot);
	ck_assert_ptr_eq(slot.subnets, NULL);
	option_value_init(&of_id, &slot);
	ck_assert_ptr_eq(slot.id, NULL);
	option_value_init(&of_sections, &slot);
	ck_assert_ptr_eq(slot.sections.items, NULL);
	ck_assert_uint_eq(slot.sections.count, 0);
}
END_TEST

START_TEST(test_describe_sections)
{
	char buf[BUF_LEN];

	option_value_describe(&of_sections, buf, sizeof(buf));
	ck_assert_str_eq(buf, "expected only sections rules.<name>");
}
END_TEST

START_TEST(test_describe_cut)
{
	char buf[24];

	option_value_describe(&of_enum, buf, sizeof(buf));
	ck_assert_str_eq(buf, "expected one of replace");
}
END_TEST

SUITE(option_value)
{
	Suite *s;
	TCase *tc;

	s = suite_create("option_value");

	tc = tcase_create("valid");
	tcase_add_loop_test(tc, test_number, 0, countof(numbers));
	tcase_add_test(tc, test_string);
	tcase_add_test(tc, test_secret);
	tcase_add_test(tc, test_globs);
	tcase_add_loop_test(tc, test_id, 0, countof(ids));
	tcase_add_loop_test(tc, test_subnets, 0, countof(subnets));
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_subnets_invalid_items);
	suite_add_tcase(s, tc);

	tc = tcase_create("init");
	tcase_add_test(tc, test_init);
	suite_add_tcase(s, tc);

	tc = tcase_create("describe");
	tcase_add_test(tc, test_describe_sections);
	tcase_add_test(tc, test_describe_cut);
	suite_add_tcase(s, tc);

	return s;
}
