/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <peer_log_settings.h>

#include <syslog.h>

static peer_log_settings_t *load(const char *rule)
{
	char text[512];

	snprintf(text, sizeof(text), "pl { rules { r {\n%s\n} } }\n", rule);
	return conf_valid(&peer_log_schema, "pl", text);
}

START_TEST(test_levels)
{
	peer_log_settings_t *config = load("ids = a\n file = /x\n ike = 4\n "
									   "net = 0");
	peer_log_rule_t *rule = config->rules.items[0];

	ck_assert_int_eq(peer_log_terms_level(&rule->terms, DBG_IKE), 4);
	ck_assert_int_eq(peer_log_terms_level(&rule->terms, DBG_NET), 0);
	ck_assert_int_eq(peer_log_terms_level(&rule->terms, DBG_CFG), 2);
	ck_assert_int_eq(peer_log_terms_level(&rule->terms, DBG_LIB), 2);
	ck_assert_uint_eq(rule->terms.expire, 0);
	options_unref(config);
}
END_TEST

/** targets that are accepted */
static char *valid[] = {
	"ids = a\n file = /var/log/a",
	"addresses = 10.1.0.0/16, fd01::1\n journal = yes",
	"connections = a*, !ab\n syslog = local3\n level = 0",
	"ids = a\n addresses = 10.1.0.2\n file = /x\n level = 4\n expire = 7d",
};

START_TEST(test_valid)
{
	peer_log_settings_t *config = load(valid[_i]);

	options_unref(config);
}
END_TEST

START_TEST(test_facilities)
{
	peer_log_settings_t *config = load("ids = a\n syslog = LOCAL7");
	peer_log_rule_t *rule = config->rules.items[0];

	ck_assert_int_eq(peer_log_terms_facility(&rule->terms), LOG_LOCAL7);
	options_unref(config);
	config = load("ids = a\n syslog = daemon");
	rule = config->rules.items[0];
	ck_assert_int_eq(peer_log_terms_facility(&rule->terms), LOG_DAEMON);
	options_unref(config);
}
END_TEST

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "file = /x", "rules.r.ids: missing, expected ids, addresses or conn" },
	{ "ids = a", "rules.r.file: missing, expected one of file, journal = yes "
	  "and syslog" },
	{ "ids = a\n file = /x\n journal = yes", "rules.r.file: not the only tar" },
	{ "ids = a\n journal = yes\n syslog = user", "rules.r.file: not the only" },
	{ "ids = a\n file = x", "rules.r.file = \"x\": expected an abs" },
	{ "ids = a\n file = \"\"", "rules.r.file = \"\": " },
	{ "ids = \"\"\n file = /x", "rules.r.ids = \"\": " },
	{ "addresses = 10.1.0\n file = /x", "rules.r.addresses = \"10.1.0\": " },
	{ "connections = [\n file = /x", "rules.r.connections = \"[\": " },
	{ "ids = a\n file = /x\n level = 5", "rules.r.level = \"5\": expected 0" },
	{ "ids = a\n file = /x\n ike = -1", "rules.r.ike = \"-1\": expected 0-" },
	{ "ids = a\n file = /x\n ikev = 1", "rules.r.ikev = \"1\": unknown" },
	{ "ids = a\n file = /x\n expire = 8d", "rules.r.expire = \"8d\": " },
	{ "ids = a\n syslog = local8", "rules.r.syslog = \"local8\": exp" },
	{ "ids = a\n journal = maybe\n file = /x", "rules.r.journal = \"maybe\":" },
};

START_TEST(test_buffer)
{
	peer_log_settings_t *config = load("ids = a\n syslog = user");

	ck_assert_uint_eq(config->buffer_size, 16 * 1024 * 1024);
	options_unref(config);
	conf_assert_error(&peer_log_schema, "buffer = 65536",
					  "buffer = \"65536\": unknown option, renamed to "
					  "buffer_size");
	conf_assert_error(&peer_log_schema, "buffer_size = 65535",
					  "buffer_size = \"65535\": expected 65536-1073741824");
	conf_assert_error(&peer_log_schema, "buffer_size = 1073741825",
					  "buffer_size = \"1073741825\": expected "
					  "65536-1073741824");
	conf_assert_error(&peer_log_schema, "buffer_size = 1M",
					  "buffer_size = \"1M\": expected 65536-1073741824");
}
END_TEST

START_TEST(test_invalid)
{
	char text[512];

	snprintf(text, sizeof(text), "rules { r {\n%s\n} }", invalid[_i].conf);
	conf_assert_error(&peer_log_schema, text, invalid[_i].error);
}
END_TEST

SUITE(peer_log_settings)
{
	Suite *s = suite_create("peer_log_settings");
	TCase *tc;

	tc = tcase_create("valid");
	tcase_add_test(tc, test_levels);
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_test(tc, test_facilities);
	tcase_add_test(tc, test_buffer);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
