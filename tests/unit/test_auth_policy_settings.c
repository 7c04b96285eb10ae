/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <auth_policy_rules.h>

static auth_policy_settings_t *load(const char *conf)
{
	return conf_valid(&auth_policy_schema, "ap", conf);
}

/** settings, and the terms of the first rule, or of all if there is none */
static struct {
	char *conf;
	auth_policy_revocation_t revocation;
	uint32_t grace;
	bool demand;
} valid[] = {
	{ "", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "revocation = relaxed\n grace = 0", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "revocation = ifuri", AUTH_POLICY_IFURI, 0, TRUE },
	{ "revocation = STRICT", AUTH_POLICY_STRICT, 0, TRUE },
	{ "revocation = strict\n grace = 1s", AUTH_POLICY_STRICT, 1, TRUE },
	{ "revocation = ifuri\n grace = 90d", AUTH_POLICY_IFURI, 7776000, TRUE },
	{ "blocks_file = /b", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "recheck_interval = 0", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "recheck_interval = 7d", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "on_outage = keep", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "recheck_interval = 1h\n revocation = ifuri\n on_outage = close",
	  AUTH_POLICY_IFURI, 0, TRUE },
	{ "recheck_interval = 1h\n on_outage = close\n"
	  "rules { a { ids = a\n revocation = strict } }",
	  AUTH_POLICY_STRICT, 0, TRUE },
	{ "lockouts { }", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "rules { a { ids = a } }", AUTH_POLICY_RELAXED, 0, FALSE },
	{ "rules { a { ids = a\n revocation = strict } }",
	  AUTH_POLICY_STRICT, 0, TRUE },
	/* what the rule leaves open */
	{ "revocation = strict\n rules { a { cas = a } }",
	  AUTH_POLICY_STRICT, 0, TRUE },
	{ "revocation = strict\n grace = 1h\n rules { a { cas = a } }",
	  AUTH_POLICY_STRICT, 3600, TRUE },
	{ "revocation = strict\n rules { a { cas = a\n grace = 2h } }",
	  AUTH_POLICY_STRICT, 7200, TRUE },
	{ "revocation = strict\n grace = 1h\n"
	  "rules { a { connections = a\n revocation = relaxed } }",
	  AUTH_POLICY_RELAXED, 3600, TRUE },
	/* of use for the rule */
	{ "grace = 1h\n rules { a { ids = a\n revocation = strict } }",
	  AUTH_POLICY_STRICT, 3600, TRUE },
	{ "grace = 1h\n rules { a { ids = a\n revocation = strict\n grace = 0 } }",
	  AUTH_POLICY_STRICT, 0, TRUE },
};

START_TEST(test_valid)
{
	auth_policy_settings_t *config;
	auth_policy_rule_t *rule;
	auth_policy_terms_t *terms;
	char conf[256];

	snprintf(conf, sizeof(conf), "ap { %s }", valid[_i].conf);
	config = load(conf);
	terms = &config->terms;
	if (config->rules.count)
	{
		rule = config->rules.items[0];
		terms = &rule->terms;
	}
	ck_assert_int_eq(terms->revocation, valid[_i].revocation);
	ck_assert_uint_eq(terms->grace, valid[_i].grace);
	ck_assert(auth_policy_settings_demand(config) == valid[_i].demand);
	options_unref(config);
}
END_TEST

/** rules of lockout, and what they are */
static struct {
	char *conf;
	uint32_t failures;
	uint32_t within;
	uint32_t lasts;
	auth_policy_by_t by;
} lockouts[] = {
	{ "", 5, 600, 900, AUTH_POLICY_BY_BOTH },
	{ "failures = 0", 0, 600, 900, AUTH_POLICY_BY_BOTH },
	{ "failures = 100\n within = 1d\n for = 30d\n by = identity", 100, 86400,
	  2592000, AUTH_POLICY_BY_IDENTITY },
	{ "failures = 1\n within = 1\n for = 1\n by = ADDRESS", 1, 1, 1,
	  AUTH_POLICY_BY_ADDRESS },
};

START_TEST(test_lockout)
{
	auth_policy_settings_t *config;
	auth_policy_lockout_rule_t *rule;
	char conf[256];

	snprintf(conf, sizeof(conf), "ap { lockouts { a { %s } } }",
			 lockouts[_i].conf);
	config = load(conf);
	ck_assert_uint_eq(config->lockouts.count, 1);
	rule = config->lockouts.items[0];
	ck_assert_uint_eq(rule->failures, lockouts[_i].failures);
	ck_assert_uint_eq(rule->within, lockouts[_i].within);
	ck_assert_uint_eq(rule->lasts, lockouts[_i].lasts);
	ck_assert_int_eq(rule->by, lockouts[_i].by);
	options_unref(config);
}
END_TEST

static const conf_invalid_t invalid[] = {
	{ "revocation = yes",
	  "revocation = \"yes\": expected one of relaxed, ifuri, strict" },
	{ "revocation = strict\n grace = 91d", "grace = \"91d\": expected "
	  "0-7776000 seconds (or with s, m, h, d)" },
	{ "revocation = strict\n grace = soon", "grace = \"soon\": expected "
	  "0-7776000 seconds (or with s, m, h, d)" },
	{ "blocks_file = blocks", "blocks_file = \"blocks\": expected an absolute "
	  "path" },
	{ "recheck_interval = 8d", "recheck_interval = \"8d\": expected 0-604800 "
	  "seconds (or with s, m, h, d)" },
	{ "on_outage = wait",
	  "on_outage = \"wait\": expected one of keep, close" },
	{ "on_outage = close\n revocation = strict", "on_outage: has no effect "
	  "unless there is a recheck_interval, and revocation is ifuri or strict" },
	{ "on_outage = close\n recheck_interval = 1h", "on_outage: has no effect "
	  "unless there is a recheck_interval, and revocation is ifuri or strict" },
	{ "grace = 1h", "grace: has no effect with revocation relaxed, expected "
	  "revocation ifuri or strict" },
	{ "rules { a { ids = a\n grace = 1h } }", "rules.a.grace: has no effect "
	  "with revocation relaxed, expected revocation ifuri or strict" },
	{ "rules { a { revocation = strict } }",
	  "rules.a: has no criteria, expected connections, ids or cas" },
	{ "rules { a { groups = a } }", "rules.a.groups = \"a\": unknown "
	  "option, expected one of connections, ids, cas, revocation, grace" },
	{ "rules { a { cas = \"O=Partner, CN=*\" } }", "rules.a.cas = \"O=Partner, "
	  "CN=*\": distinguished names without single quotes, expected a comma "
	  "separated list of patterns" },
	{ "lockouts { failures = 3 }", "lockouts.failures = \"3\": not a section, "
	  "expected only sections lockouts.<name>" },
	{ "lockouts { a { failures = 101 } }", "lockouts.a.failures = \"101\": "
	  "expected 0-100" },
	{ "lockouts { a { failures = few } }", "lockouts.a.failures = \"few\": "
	  "expected 0-100" },
	{ "lockouts { a { within = 0 } }", "lockouts.a.within = \"0\": expected "
	  "1-86400 seconds (or with s, m, h, d)" },
	{ "lockouts { a { within = 25h } }", "lockouts.a.within = \"25h\": "
	  "expected 1-86400 seconds (or with s, m, h, d)" },
	{ "lockouts { a { for = 0 } }", "lockouts.a.for = \"0\": expected "
	  "1-2592000 seconds (or with s, m, h, d)" },
	{ "lockouts { a { for = 31d } }", "lockouts.a.for = \"31d\": expected "
	  "1-2592000 seconds (or with s, m, h, d)" },
	{ "lockouts { a { by = name } }", "lockouts.a.by = \"name\": expected one "
	  "of identity, address, both" },
	{ "lockouts { a { count = 1 } }", "lockouts.a.count = \"1\": unknown "
	  "option, expected one of failures, within, for, by" },
	{ "lockouts { a { }\n b { }\n c { }\n d { }\n e { } }", "lockouts: 5 "
	  "sections, expected at most 4" },
	{ "strict = yes", "strict = \"yes\": unknown option, expected one of "
	  "revocation, grace" },
};

SETTINGS_TESTS(auth_policy_schema, invalid)

/**
 * Assert which rule decides about a peer with an intermediate CA and a root,
 * and whose certificate has no URI.
 *
 * @param other		another name it has, or NULL
 * @param ca		its CA, or NULL
 * @param expected	rule's name, NULL for the settings
 */
static void assert_rule(auth_policy_settings_t *config, char *connection,
						char *id, char *other, char *ca, bool open,
						char *expected, auth_policy_verdict_t verdict)
{
	auth_policy_status_t status = { .result = AUTH_POLICY_SKIPPED };
	peer_facts_t peer = {
		.connection = open ? NULL : connection,
		.id = id,
	};
	auth_policy_rule_t *rule;

	if (ca)
	{
		array_insert_create(&peer.groups, ARRAY_TAIL, ca);
		array_insert_create(&peer.groups, ARRAY_TAIL, "O=Acme, CN=root");
	}
	array_insert_create(&peer.names, ARRAY_TAIL, id);
	array_insert_create(&peer.names, ARRAY_TAIL, "O=lab, CN=anybody");
	if (other)
	{
		array_insert_create(&peer.names, ARRAY_TAIL, other);
	}
	ck_assert_int_eq(auth_policy_rules_judge(config, &peer, &status, 0, &rule),
					 verdict);
	ck_assert_pstr_eq(rule ? rule->section.name : NULL, expected);
	array_destroy(peer.groups);
	array_destroy(peer.names);
}

/**
 * As assert_rule(), for a peer with one name and rules that accept.
 */
static void assert_find(auth_policy_settings_t *config, char *connection,
						char *id, char *ca, char *expected)
{
	assert_rule(config, connection, id, NULL, ca, FALSE, expected,
				AUTH_POLICY_ACCEPT);
}

START_TEST(test_find)
{
	auth_policy_settings_t *config = load(
		"ap {\n"
		"	rules {\n"
		"		z-first { connections = site-*, !site-test }\n"
		"		staff { ids = *@example.org\n cas = 'O=Acme, CN=staff*' }\n"
		"		root { cas = 'O=Acme, CN=root' }\n"
		"		a-last { ids = *@example.org }\n"
		"	}\n"
		"}\n");

	assert_find(config, "site-a", "bob@example.org", "O=Acme, CN=staff",
				"z-first");
	assert_find(config, "site-test", "gw", NULL, NULL);
	/* all lists have to match, but any CA does */
	assert_find(config, "rw", "bob@example.org", "O=Acme, CN=staff 2", "staff");
	assert_find(config, "rw", "bob@example.com", "O=Acme, CN=staff 2", "root");
	assert_find(config, "rw", "bob@example.org", "O=Evil, CN=staff", "root");
	assert_find(config, "rw", "bob@example.org", NULL, "a-last");
	assert_find(config, "rw", "bob@example.com", NULL, NULL);
	options_unref(config);
}
END_TEST

START_TEST(test_names)
{
	auth_policy_settings_t *config = load(
		"ap {\n"
		"	revocation = ifuri\n"
		"	rules {\n"
		"		boss { ids = boss@lab\n revocation = relaxed }\n"
		"		staff { ids = *@lab\n connections = !rw\n"
		"				revocation = strict }\n"
		"		host { ids = laptop.lab, pc.lab\n revocation = relaxed }\n"
		"		last { ids = pc.lab\n revocation = strict }\n"
		"	}\n"
		"}\n");
	struct {
		char *id, *other, *rule;
		auth_policy_verdict_t verdict;
	} peers[] = {
		/* no name gets around a rule that refuses */
		{ "u@lab", NULL, "staff", AUTH_POLICY_REFUSE },
		{ "laptop.lab", "u@lab", "staff", AUTH_POLICY_REFUSE },
		{ "O=lab, CN=anybody", "u@lab", "staff", AUTH_POLICY_REFUSE },
		{ "x", "U@LAB", "staff", AUTH_POLICY_REFUSE },
		/* but one that accepts needs the name that was authenticated */
		{ "u@lab", "boss@lab", "staff", AUTH_POLICY_REFUSE },
		{ "x", "boss@lab", "staff", AUTH_POLICY_REFUSE },
		{ "x", "laptop.lab", NULL, AUTH_POLICY_ACCEPT },
		/* the first rule that matches is the last one looked at */
		{ "boss@lab", "u@lab", "boss", AUTH_POLICY_ACCEPT },
		{ "laptop.lab", "pc.lab", "host", AUTH_POLICY_ACCEPT },
		{ "laptop.lab", NULL, "host", AUTH_POLICY_ACCEPT },
	};
	int i;

	for (i = 0; i < countof(peers); i++)
	{
		assert_rule(config, "site", peers[i].id, peers[i].other, NULL, FALSE,
					peers[i].rule, peers[i].verdict);
	}
	assert_rule(config, "rw", "laptop.lab", "u@lab", NULL, FALSE, "host",
				AUTH_POLICY_ACCEPT);
	options_unref(config);
}
END_TEST

START_TEST(test_open)
{
	auth_policy_settings_t *config = load(
		"ap {\n"
		"	revocation = strict\n"
		"	rules {\n"
		"		site { connections = site\n revocation = strict }\n"
		"		partner { cas = 'O=Partner*'\n revocation = strict }\n"
		"		host { ids = laptop.lab\n cas = 'O=Acme*'\n"
		"			   revocation = relaxed }\n"
		"	}\n"
		"}\n");

	/* all that may yet apply would refuse */
	assert_rule(config, "rw", "x", NULL, NULL, TRUE, NULL, AUTH_POLICY_REFUSE);
	assert_rule(config, "rw", "x", NULL, "O=Partner", TRUE, "partner",
				AUTH_POLICY_REFUSE);
	/* as long as one would accept, it may be that one */
	assert_rule(config, "site", "x", NULL, "O=Acme", TRUE, "host",
				AUTH_POLICY_ACCEPT);
	assert_rule(config, "site", "laptop.lab", NULL, "O=Acme", FALSE, "site",
				AUTH_POLICY_REFUSE);
	options_unref(config);
}
END_TEST

SUITE(auth_policy_settings)
{
	Suite *s = suite_create("auth_policy_settings");
	TCase *tc;

	tc = tcase_create("settings");
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_lockout, 0, countof(lockouts));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);

	tc = tcase_create("rules");
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_open);
	suite_add_tcase(s, tc);
	return s;
}
