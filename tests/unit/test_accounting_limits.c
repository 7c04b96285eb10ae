/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <accounting_bytes.h>
#include <accounting_days.h>
#include <accounting_hours.h>
#include <accounting_limits.h>

/** rules that all tests have */
static const char rules[] = "ac {\nrules {\n"
	"long { connections = net\ntime_max = 100 }\n"
	"short { ids = *@lab\ntime_max = 10\nidle_timeout = 5 }\n"
	"much { ids = much@lab\nbytes_max = 1k }\n}\n}\n";

/** a peer's connection, identity and other name, what it has used, and the
 * limit it has reached */
static const struct {
	char *connection, *id, *name;
	accounting_use_t use;
	const char *limit;
} cases[] = {
	{ "net", "x", NULL, { 99, 99, UINT64_MAX }, NULL },
	{ "net", "x", NULL, { 100, 0, 0 }, "rules.long.time_max" },
	{ "other", "x", NULL, { 100, 0, 0 }, NULL },
	{ "other", "a@lab", NULL, { 9, 4, 9999 }, NULL },
	{ "other", "A@LAB", NULL, { 10, 0, 0 }, "rules.short.time_max" },
	{ "other", "a@lab", NULL, { 9, 5, 0 }, "rules.short.idle_timeout" },
	/* all that match apply */
	{ "net", "a@lab", NULL, { 10, 0, 0 }, "rules.short.time_max" },
	{ "net", "a@lab", NULL, { 100, 0, 0 }, "rules.long.time_max" },
	{ "net", "much@lab", NULL, { 1, 0, 1024 }, "rules.much.bytes_max" },
	{ "net", "much@lab", NULL, { 1, 0, 1023 }, NULL },
	/* another name of the certificate */
	{ "net", "x", "a@lab", { 10, 0, 0 }, "rules.short.time_max" },
	{ "net", "x", "b@other", { 10, 0, 0 }, NULL },
};

START_TEST(test_reached)
{
	accounting_settings_t *config;
	peer_facts_t peer = {
		.connection = cases[_i].connection,
		.id = cases[_i].id,
	};
	char *limit;

	config = conf_valid(&accounting_schema, "ac", rules);
	ck_assert(accounting_limits_count(&config->rules));
	if (cases[_i].name)
	{
		array_insert_create(&peer.names, ARRAY_TAIL, cases[_i].name);
	}
	limit = accounting_limits_reached(&config->rules, &peer, &cases[_i].use);
	ck_assert(streq(limit, cases[_i].limit));
	free(limit);
	array_destroy(peer.names);
	options_unref(config);
}
END_TEST

START_TEST(test_parse)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} sizes[] = {
		{ "1", 1 }, { "1k", 1024 }, { "3M", 3 << 20 }, { "2G", 2ULL << 30 },
		{ "16777215T", 16777215ULL << 40 }, { "16777216T", 0 }, { "0", 0 },
		{ "0k", 0 }, { "", 0 }, { "-1", 0 }, { "+1", 0 }, { " 1", 0 },
		{ "1kk", 0 }, { "1x", 0 }, { "k", 0 }, { "1.5G", 0 },
		{ "18446744073709551616", 0 },
		{ "18446744073709551615", UINT64_MAX },
	};
	uint64_t bytes;
	u_int i;

	for (i = 0; i < countof(sizes); i++)
	{
		ck_assert_int_eq(accounting_bytes_parse(sizes[i].text, &bytes),
						 sizes[i].bytes != 0);
		ck_assert(!sizes[i].bytes || bytes == sizes[i].bytes);
	}
}
END_TEST

/** times of the week, a moment as day from Sunday, hour, minute and second, and
 * what is left then, as INVALID for what is no such text */
#define INVALID UINT32_MAX - 1
static const struct {
	const char *text;
	int day, hour, minute, second;
	uint32_t left;
} hours[] = {
	{ "mon-fri 08:00-18:00", 1, 8, 0, 0, 36000 },
	{ "mon-fri 08:00-18:00", 5, 17, 59, 59, 1 },
	{ "mon-fri 08:00-18:00", 5, 17, 59, 60, 1 },
	{ "mon-fri 08:00-18:00", 5, 18, 0, 0, 0 },
	{ "mon-fri 08:00-18:00", 1, 7, 59, 59, 0 },
	{ "mon-fri 08:00-18:00", 6, 12, 0, 0, 0 },
	{ "mon-fri 08:00-18:00", 0, 12, 0, 0, 0 },
	{ "Mon-FRI 08:00-18:00, sat 09:00-12:00,sun", 6, 11, 0, 0, 3600 },
	{ "Mon-FRI 08:00-18:00, sat 09:00-12:00,sun", 0, 0, 0, 0, 86400 },
	{ "sat-sun", 0, 23, 0, 0, 3600 },
	{ "sat-sun", 6, 23, 0, 0, 90000 },
	{ "sat-sun", 1, 0, 0, 0, 0 },
	{ "sat-mon", 1, 23, 59, 0, 60 },
	{ "sat-mon", 2, 0, 0, 0, 0 },
	{ "\t08:00-18:00 ", 0, 17, 0, 0, 3600 },
	/* over midnight, and over the end of the week */
	{ "fri 22:00-06:00", 6, 5, 0, 0, 3600 },
	{ "fri 22:00-06:00", 5, 21, 59, 0, 0 },
	{ "fri 22:00-06:00", 5, 5, 0, 0, 0 },
	{ "sun 22:00-06:00", 1, 5, 59, 0, 60 },
	{ "sun 22:00-06:00", 0, 23, 0, 0, 25200 },
	{ "wed 00:00-24:00", 3, 0, 0, 0, 86400 },
	{ "mon-sun", 3, 0, 0, 0, UINT32_MAX },
	{ "00:00-24:00", 3, 0, 0, 0, UINT32_MAX },
	{ "00:00-12:00, 12:00-00:00", 3, 0, 0, 0, UINT32_MAX },
	{ "", .left = INVALID }, { ",", .left = INVALID },
	{ "mon,", .left = INVALID }, { "mon tue", .left = INVALID },
	{ "mon-", .left = INVALID }, { "mon-xyz", .left = INVALID },
	{ "monday", .left = INVALID }, { "mon 8:00-18:00", .left = INVALID },
	{ "mon 08:00", .left = INVALID }, { "mon 08:00-", .left = INVALID },
	{ "mon 08:00-08:00", .left = INVALID }, { "25:00-26:00", .left = INVALID },
	{ "08:60-09:00", .left = INVALID }, { "24:00-06:00", .left = INVALID },
	{ "08:00-24:01", .left = INVALID }, { "08:00-18:00x", .left = INVALID },
	{ "08:00-18:00 mon", .left = INVALID }, { "0800-1800", .left = INVALID },
};

START_TEST(test_hours)
{
	struct tm now = {
		.tm_wday = hours[_i].day,
		.tm_hour = hours[_i].hour,
		.tm_min = hours[_i].minute,
		.tm_sec = hours[_i].second,
	};
	accounting_hours_t parsed;

	if (hours[_i].left == INVALID)
	{
		ck_assert(!accounting_hours_parse(hours[_i].text, &parsed));
		return;
	}
	ck_assert(accounting_hours_parse(hours[_i].text, &parsed));
	ck_assert_uint_eq(accounting_hours_left(&parsed, &now), hours[_i].left);
}
END_TEST

START_TEST(test_left)
{
	static const char text[] = "ac {\nrules {\n"
		"long { connections = net\ntime_max = 100 }\n"
		"work { ids = *@lab\nhours = mon 08:00-09:00 }\n"
		"daily { connections = day\ntime_max_day = 400 }\n"
		"much { ids = *\nbytes_max = 1k }\n}\n}\n";
	static const struct {
		char *connection, *id;
		int minute;
		time_t duration;
		uint32_t left;
		const char *key;
	} cases[] = {
		{ "net", "x", 0, 40, 60, "rules.long.time_max" },
		{ "net", "x", 0, 140, 0, "rules.long.time_max" },
		{ "net", "a@lab", 0, 0, 100, "rules.long.time_max" },
		{ "net", "a@lab", 59, 10, 60, "rules.work.hours" },
		{ "other", "a@lab", 59, 10, 60, "rules.work.hours" },
		{ "other", "x", 0, 10, UINT32_MAX, NULL },
		{ "day", "x", 0, 10, 300, "rules.daily.time_max_day" },
	};
	accounting_settings_t *config = conf_valid(&accounting_schema, "ac", text);
	accounting_use_t use = { .day_duration = 100 };
	char *key;
	u_int i;

	ck_assert(accounting_limits_logins(&config->rules));
	for (i = 0; i < countof(cases); i++)
	{
		peer_facts_t peer = {
			.connection = cases[i].connection,
			.id = cases[i].id,
		};

		use.duration = cases[i].duration;
		use.now = (struct tm){
			.tm_wday = 1, .tm_hour = 8, .tm_min = cases[i].minute,
		};
		ck_assert_uint_eq(accounting_limits_left(&config->rules, &peer, &use,
												 &key), cases[i].left);
		ck_assert(streq(key, cases[i].key));
		free(key);
	}
	/* it is another day before */
	use.now = (struct tm){ .tm_wday = 1, .tm_hour = 23, .tm_min = 56 };
	ck_assert_uint_eq(accounting_limits_left(&config->rules,
						&(peer_facts_t){ .connection = "day", .id = "x" },
						&use, &key), UINT32_MAX);
	ck_assert(!key);
	use.now.tm_hour = 9;
	use.duration = 0;
	key = accounting_limits_reached(&config->rules,
						&(peer_facts_t){ .connection = "x", .id = "a@lab" },
						&use);
	ck_assert_str_eq(key, "rules.work.hours");
	free(key);
	options_unref(config);
}
END_TEST

START_TEST(test_days)
{
	accounting_days_t *days = accounting_days_create();
	identification_t *alice = identification_create_from_string("alice"),
					 *also = identification_create_from_string("ALICE"),
					 *bob = identification_create_from_string("bob");
	accounting_day_t *day, *same;
	struct tm now = { .tm_year = 126, .tm_yday = 364 };

	days->turn(days, &now);
	day = days->get(days, alice);
	same = days->get(days, also);
	ck_assert_ptr_eq(day, same);
	accounting_day_unref(same);
	day->bytes = 7;
	day->seconds = 8;
	days->turn(days, &now);
	ck_assert_uint_eq(days->find(days, also)->bytes, 7);
	ck_assert(!days->find(days, bob));
	/* of who isn't connected, to the end of the day */
	same = days->get(days, bob);
	same->bytes = 9;
	accounting_day_unref(same);
	ck_assert_uint_eq(days->find(days, bob)->bytes, 9);
	/* the first day of the next year, and the clock is set back */
	now = (struct tm){ .tm_year = 127 };
	days->turn(days, &now);
	ck_assert(!days->find(days, bob));
	ck_assert_uint_eq(days->find(days, alice)->bytes, 0);
	ck_assert_int_eq(day->seconds, 0);
	day->bytes = 1;
	now = (struct tm){ .tm_year = 126 };
	days->turn(days, &now);
	ck_assert_uint_eq(day->bytes, 0);
	accounting_day_unref(day);
	days->destroy(days);
	alice->destroy(alice);
	also->destroy(also);
	bob->destroy(bob);
}
END_TEST

SUITE(accounting_limits)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_limits");
	tc = tcase_create("limits");
	tcase_add_loop_test(tc, test_reached, 0, countof(cases));
	tcase_add_test(tc, test_parse);
	tcase_add_loop_test(tc, test_hours, 0, countof(hours));
	tcase_add_test(tc, test_left);
	tcase_add_test(tc, test_days);
	suite_add_tcase(s, tc);
	return s;
}
