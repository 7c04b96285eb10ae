/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <accounting_bytes.h>
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

SUITE(accounting_limits)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_limits");
	tc = tcase_create("limits");
	tcase_add_loop_test(tc, test_reached, 0, countof(cases));
	tcase_add_test(tc, test_parse);
	suite_add_tcase(s, tc);
	return s;
}
