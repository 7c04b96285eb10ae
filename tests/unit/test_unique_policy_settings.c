/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <unique_policy_settings.h>

static unique_policy_settings_t *load(const char *conf)
{
	return conf_valid(&unique_policy_schema, "up", conf);
}

START_TEST(test_defaults)
{
	unique_policy_settings_t *config = load("up { }");

	ck_assert_int_eq(config->terms.mode, UNIQUE_REPLACE);
	ck_assert_uint_eq(config->terms.limit, 1);
	ck_assert_int_eq(config->terms.evict, UNIQUE_POLICY_EVICT_OLDEST);
	ck_assert_uint_eq(config->terms.keep_timeout, 0);
	ck_assert_int_eq(config->match, UNIQUE_POLICY_MATCH_IDENTITY);
	ck_assert_uint_eq(config->rules.count, 0);
	options_unref(config);
}
END_TEST

static struct {
	char *name;
	unique_policy_t mode;
} modes[] = {
	{ "replace", UNIQUE_REPLACE },
	{ "no", UNIQUE_NO },
	{ "never", UNIQUE_NEVER },
	{ "keep", UNIQUE_KEEP },
};

START_TEST(test_modes)
{
	unique_policy_settings_t *config;
	char conf[64];

	snprintf(conf, sizeof(conf), "up { mode = %s }", modes[_i].name);
	config = load(conf);
	ck_assert_int_eq(config->terms.mode, modes[_i].mode);
	options_unref(config);
}
END_TEST

START_TEST(test_inherit)
{
	unique_policy_settings_t *config = load(
		"up {\n"
		"	mode = keep\n limit = 3\n keep_timeout = 5m\n evict = idle\n"
		"	match = identity+local\n"
		"	rules {\n"
		"		a { ids = a }\n"
		"		b { ids = b\n limit = 7\n keep_timeout = 0 }\n"
		"		c { ids = c\n mode = replace\n evict = oldest }\n"
		"	}\n"
		"}\n");
	unique_policy_rule_t **rules = (unique_policy_rule_t**)config->rules.items;

	ck_assert_int_eq(config->match, UNIQUE_POLICY_MATCH_IDENTITY_LOCAL);
	ck_assert_uint_eq(config->rules.count, 3);
	ck_assert_int_eq(rules[0]->terms.mode, UNIQUE_KEEP);
	ck_assert_uint_eq(rules[0]->terms.limit, 3);
	ck_assert_uint_eq(rules[0]->terms.keep_timeout, 300);
	ck_assert_uint_eq(rules[1]->terms.limit, 7);
	ck_assert_uint_eq(rules[1]->terms.keep_timeout, 0);
	ck_assert_int_eq(rules[2]->terms.mode, UNIQUE_REPLACE);
	ck_assert_uint_eq(rules[2]->terms.limit, 3);
	ck_assert_int_eq(rules[2]->terms.evict, UNIQUE_POLICY_EVICT_OLDEST);
	options_unref(config);
}
END_TEST

START_TEST(test_same_name)
{
	unique_policy_settings_t *config = load(
		"up { rules {\n"
		"	a { ids = a\n limit = 2 }\n"
		"	b { ids = b }\n"
		"	a { limit = 3 }\n"
		"} }\n");
	unique_policy_rule_t **rules = (unique_policy_rule_t**)config->rules.items;

	/* the parser merges sections of one name, in the place of the first */
	ck_assert_uint_eq(config->rules.count, 2);
	ck_assert_str_eq(rules[0]->section.name, "a");
	ck_assert_uint_eq(rules[0]->terms.limit, 3);
	ck_assert(rules[0]->match.ids->matches(rules[0]->match.ids, "a"));
	options_unref(config);
}
END_TEST

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "mode = yes", "mode = \"yes\": expected one of" },
	{ "mode = \"\"", "mode = \"\": " },
	{ "mode = \"ke\xff\"", "mode = \"ke\\xff\": " },
	{ "limit = 0", "limit = \"0\": expected 1-65535" },
	{ "limit = -1", "limit = \"-1\": expected 1-65535" },
	{ "limit = abc", "limit = \"abc\": expected 1-65535" },
	{ "limit = 65536", "limit = \"65536\": expected 1-65535" },
	{ "limit = 99999999999999999999",
	  "limit = \"99999999999999999999\": expected 1-65535" },
	{ "evict = youngest", "evict = \"youngest\": expected one of" },
	{ "match = address", "match = \"address\": expected one of" },
	{ "keep_timeout = soon", "keep_timeout = \"soon\": expected" },
	{ "keep_timeout = 8d", "keep_timeout = \"8d\": expected" },
	{ "limits = 1", "limits = \"1\": unknown option" },
	{ "mode = never\n limit = 2", "limit: has no effect with mode never" },
	{ "mode = no\n evict = idle", "evict: has no effect with mode no" },
	{ "keep_timeout = 9", "keep_timeout: has no effect with mode replace" },
	{ "rules { a { mode = keep } }", "rules.a: has no criteria" },
	{ "rules { a { ids = a\n mode = maybe } }", "rules.a.mode = \"maybe\": " },
	{ "rules { a { ids = a\n limit = x } }",
	  "rules.a.limit = \"x\": expected 1-65535" },
	{ "rules { a { ids = \"\xff\" } }", "rules.a.ids = \"\\xff\": " },
	{ "rules { a { ids = \"a,,b\" } }", "rules.a.ids = \"a,,b\": " },
	{ "rules { a { connections = [ } }", "rules.a.connections = \"[\": " },
	{ "rules { a { groups = \"'x\" } }", "rules.a.groups = \"'x\": " },
	{ "rules { a { ids = a\n foo = b } }", "rules.a.foo = \"b\": unknown" },
	{ "rules { a { ids = a\n mode = no\n limit = 1 } }",
	  "rules.a.limit: has no effect with mode no, expected mode replace" },
	{ "rules { a { ids = a\n evict = idle\n mode = keep } }",
	  "rules.a.evict: has no effect with mode keep, expected mode replace" },
	{ "mode = never\n rules { a { ids = a\n keep_timeout = 5 } }",
	  "rules.a.keep_timeout: has no effect with mode never" },
};

SETTINGS_TESTS(unique_policy_schema, invalid)

SUITE(unique_policy_settings)
{
	Suite *s = suite_create("unique_policy_settings");
	TCase *tc;

	tc = tcase_create("valid");
	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_modes, 0, countof(modes));
	tcase_add_test(tc, test_inherit);
	tcase_add_test(tc, test_same_name);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
