/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <accounting_settings.h>

#include <syslog.h>

static accounting_settings_t *load(const char *options)
{
	char text[512];

	snprintf(text, sizeof(text), "ac {\n%s\n}\n", options);
	return conf_valid(&accounting_schema, "ac", text);
}

START_TEST(test_defaults)
{
	accounting_settings_t *config = load("");

	ck_assert(!config->file);
	ck_assert_uint_eq(config->update_interval, 600);
	ck_assert(!config->journal);
	ck_assert_int_eq(config->syslog, OPTION_UNSET_ENUM);
	options_unref(config);
}
END_TEST

START_TEST(test_valid)
{
	accounting_rule_t *rule;
	accounting_settings_t *config = load("file = /a b\nupdate_interval = 1d");

	ck_assert_str_eq(config->file, "/a b");
	ck_assert_uint_eq(config->update_interval, 86400);
	options_unref(config);
	config = load("rules { a { connections = a\ngroups = b\nids = c\n"
				  "time_max = 366d\nidle_timeout = 1s\nbytes_max = 10G } }");
	rule = config->rules.items[0];
	ck_assert_uint_eq(rule->time_max, 366 * 86400);
	ck_assert_uint_eq(rule->idle_timeout, 1);
	ck_assert(rule->bytes == 10ULL << 30);
	options_unref(config);
	config = load("update_interval = 0\njournal = yes\nsyslog = local7");
	ck_assert_uint_eq(config->update_interval, 0);
	ck_assert(config->journal);
	ck_assert_int_eq(log_facility(config->syslog), LOG_LOCAL7);
	options_unref(config);
}
END_TEST

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "file = log", "file = \"log\": expected an absolute path" },
	{ "file = \"\"", "file = \"\": " },
	{ "update_interval = 25h", "update_interval = \"25h\": expected 0-86400" },
	{ "update_interval = often", "update_interval = \"often\": " },
	{ "journal = maybe", "journal = \"maybe\": expected yes or no" },
	{ "syslog = yes", "syslog = \"yes\": expected one of daemon, auth, " },
	{ "syslog = local8", "syslog = \"local8\": " },
	{ "rules { a { time_max = 1h } }", "rules.a: has no criteria" },
	{ "rules { a { ids = * } }", "rules.a: limits nothing" },
	{ "rules { a { ids = *\ntime_max = 367d } }",
	  "rules.a.time_max = \"367d\"" },
	{ "rules { a { ids = *\nidle_timeout = x } }",
	  "rules.a.idle_timeout = \"x\"" },
	{ "rules { a { ids = *\nbytes_max = 0 } }", "rules.a.bytes_max = \"0\": "
	  "expected bytes" },
	{ "rules { a { ids = *\nhours = always } }", "rules.a.hours = \"always\": "
	  "expected days, times or both, comma separated, as mon-fri" },
	{ "rules { a { ids = *\nbytes_max_day = x } }",
	  "rules.a.bytes_max_day = \"x\": expected bytes" },
	{ "rules { a { ids = *\ntime_max_day = 25h } }",
	  "rules.a.time_max_day = \"25h\"" },
	{ "limit_warning = 25h", "limit_warning = \"25h\": expected 0-86400" },
	{ "files = /a", "files = \"/a\": unknown" },
};

SETTINGS_TESTS(accounting_schema, invalid)

SUITE(accounting_settings)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_settings");
	tc = tcase_create("settings");
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_valid);
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
