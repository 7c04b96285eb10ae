/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <peer_resolve_settings.h>

static peer_resolve_settings_t *load(const char *options)
{
	char text[512];

	snprintf(text, sizeof(text), "pr {\n%s\n}\n", options);
	return conf_valid(&peer_resolve_schema, "pr", text);
}

START_TEST(test_defaults)
{
	peer_resolve_settings_t *config = load("");

	ck_assert(!config->connections);
	ck_assert_uint_eq(config->interval, 60);
	options_unref(config);
}
END_TEST

START_TEST(test_valid)
{
	peer_resolve_settings_t *config = load("connections = a*, !ab\n"
										   "interval = 1d");

	ck_assert(config->connections->matches(config->connections, "aa"));
	ck_assert(!config->connections->matches(config->connections, "ab"));
	ck_assert_uint_eq(config->interval, 86400);
	options_unref(config);
	config = load("interval = 1");
	ck_assert_uint_eq(config->interval, 1);
	options_unref(config);
}
END_TEST

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "connections = \"\"", "connections = \"\": " },
	{ "connections = [a", "connections = \"[a\": " },
	{ "interval = 0", "interval = \"0\": expected 1-86400 seconds" },
	{ "interval = 25h", "interval = \"25h\": " },
	{ "interval = often", "interval = \"often\": " },
	{ "intervall = 1", "intervall = \"1\": unknown" },
};

SETTINGS_TESTS(peer_resolve_schema, invalid)

SUITE(peer_resolve_settings)
{
	Suite *s;
	TCase *tc;

	s = suite_create("peer_resolve_settings");
	tc = tcase_create("settings");
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_valid);
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
