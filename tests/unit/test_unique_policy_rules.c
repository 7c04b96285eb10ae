/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <unique_policy_rules.h>

static unique_policy_settings_t *load(const char *conf)
{
	unique_policy_settings_t *config;
	option_errors_t *errors = option_errors_create();

	config = conf_load(&unique_policy_schema, "up", conf, errors);
	ck_assert(config);
	errors->destroy(errors);
	return config;
}

/**
 * Name of the rule that applies.
 */
static void assert_rule(unique_policy_settings_t *config, char *connection,
						char *id, char *group, char *expected)
{
	unique_policy_rule_t *rule;
	peer_facts_t peer = { .connection = connection, .id = id };

	if (group)
	{
		array_insert_create(&peer.groups, ARRAY_TAIL, "other");
		array_insert_create(&peer.groups, ARRAY_TAIL, group);
	}
	rule = unique_policy_rule_find(config, &peer);
	ck_assert_pstr_eq(rule ? rule->section.name : NULL, expected);
	array_destroy(peer.groups);
}

START_TEST(test_find)
{
	unique_policy_settings_t *config = load(
		"up {\n"
		"	rules {\n"
		"		z-first { connections = site-*, !site-test\n mode = never }\n"
		"		staff { ids = *@example.org\n groups = staff, admin* }\n"
		"		dn { ids = 'C=CH, O=Acme, CN=*' }\n"
		"		a-last { ids = *@example.org\n limit = 2 }\n"
		"	}\n"
		"}\n");

	assert_rule(config, "site-a", "gw.example.com", NULL, "z-first");
	assert_rule(config, "site-test", "gw.example.com", NULL, NULL);
	/* the first of those that match, not the last or the most specific */
	assert_rule(config, "site-a", "bob@example.org", "staff", "z-first");
	assert_rule(config, "rw", "bob@example.org", "staff", "staff");
	assert_rule(config, "rw", "BOB@EXAMPLE.ORG", "administrators", "staff");
	/* all lists have to match */
	assert_rule(config, "rw", "bob@example.org", "users", "a-last");
	assert_rule(config, "rw", "bob@example.org", NULL, "a-last");
	assert_rule(config, "rw", "bob@example.com", "staff", NULL);
	assert_rule(config, "rw", "C=CH, O=Acme, CN=bob", NULL, "dn");
	assert_rule(config, "rw", "C=CH, O=Evil, CN=bob", NULL, NULL);
	options_unref(config);
}
END_TEST

/**
 * Name of the rule for who could have picked another name, too.
 */
static const char *rule_for(unique_policy_settings_t *config, char *id,
							char *other)
{
	unique_policy_rule_t *rule;
	peer_facts_t peer = { .connection = "rw", .id = id };

	array_insert_create(&peer.names, ARRAY_TAIL, id);
	array_insert_create(&peer.names, ARRAY_TAIL, other);
	rule = unique_policy_rule_find(config, &peer);
	array_destroy(peer.names);
	return rule ? rule->section.name : "none";
}

START_TEST(test_names)
{
	unique_policy_settings_t *config = load(
		"up {\n"
		"	limit = 3\n"
		"	rules {\n"
		"		vip { ids = vip\n limit = 9 }\n"
		"		one { ids = *one, !boss\n limit = 1 }\n"
		"		keep { ids = keep\n limit = 1\n mode = keep }\n"
		"		same { ids = same }\n"
		"		free { ids = free\n mode = never }\n"
		"		late { ids = late\n limit = 1 }\n"
		"	}\n"
		"}\n");

	/* what is stricter, of rules before the one of the name, and of none */
	ck_assert_str_eq(rule_for(config, "x", "one"), "one");
	ck_assert_str_eq(rule_for(config, "free", "one"), "one");
	ck_assert_str_eq(rule_for(config, "one", "keep"), "one");
	ck_assert_str_eq(rule_for(config, "keep", "one"), "keep");
	ck_assert_str_eq(rule_for(config, "same", "free"), "same");
	/* nothing else */
	ck_assert_str_eq(rule_for(config, "x", "vip"), "none");
	ck_assert_str_eq(rule_for(config, "x", "free"), "none");
	ck_assert_str_eq(rule_for(config, "x", "same"), "none");
	ck_assert_str_eq(rule_for(config, "vip", "late"), "vip");
	/* who is exempt is so by each name */
	ck_assert_str_eq(rule_for(config, "boss", "one"), "none");
	options_unref(config);
}
END_TEST

static struct {
	char *conf;
	uint32_t interval;
} intervals[] = {
	{ "up { }", 0 },
	{ "up { mode = keep }", 0 },
	{ "up { mode = keep\n keep_timeout = 1 }", 1 },
	{ "up { mode = keep\n keep_timeout = 60 }", 15 },
	{ "up { mode = keep\n keep_timeout = 1d }", 60 },
	/* a rule that asks for it; the other one doesn't use it */
	{ "up { mode = keep\n rules { a { ids = a\n keep_timeout = 20 } } }", 5 },
	{ "up { keep_timeout = 8\n rules { a { ids = a\n mode = no }\n"
	  "b { ids = b\n mode = keep } } }", 2 },
	{ "up { keep_timeout = 8\n rules { a { ids = a\n mode = no } } }", 0 },
};

START_TEST(test_check_interval)
{
	unique_policy_settings_t *config = load(intervals[_i].conf);

	ck_assert_uint_eq(unique_policy_check_interval(config),
					  intervals[_i].interval);
	options_unref(config);
}
END_TEST

SUITE(unique_policy_rules)
{
	Suite *s = suite_create("unique_policy_rules");
	TCase *tc;

	tc = tcase_create("find");
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_names);
	suite_add_tcase(s, tc);

	tc = tcase_create("check_interval");
	tcase_add_loop_test(tc, test_check_interval, 0, countof(intervals));
	suite_add_tcase(s, tc);
	return s;
}
