/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <ikev1_policy_settings.h>

static ikev1_policy_settings_t *load(const char *conf)
{
	char text[512];

	snprintf(text, sizeof(text), "ip {\n%s\n}\n", conf);
	return conf_valid(&ikev1_policy_schema, "ip", text);
}

START_TEST(test_defaults)
{
	ikev1_policy_settings_t *config = load("");

	ck_assert_uint_eq(config->window, 0);
	ck_assert_uint_eq(config->phase2_max, 512);
	ck_assert_int_eq(config->on_overflow, IKEV1_POLICY_REPORT);
	ck_assert(!config->unencrypted_main_mode);
	ck_assert(!config->unencrypted_main_mode_peers);
	options_unref(config);
}
END_TEST

static struct {
	char *conf;
	uint32_t window;
	uint32_t max;
} windows[] = {
	{ "phase2_exchanges = auto", 0, 512 },
	{ "phase2_exchanges = AUTO\n phase2_max = 3", 0, 3 },
	{ "phase2_max = 1024", 0, 1024 },
	{ "phase2_exchanges = 3", 3, 512 },
	{ "phase2_exchanges = 20", 20, 512 },
	{ "phase2_exchanges = 1024", 1024, 512 },
};

START_TEST(test_windows)
{
	ikev1_policy_settings_t *config = load(windows[_i].conf);

	ck_assert_uint_eq(config->window, windows[_i].window);
	ck_assert_uint_eq(config->phase2_max, windows[_i].max);
	options_unref(config);
}
END_TEST

START_TEST(test_window_for)
{
	ck_assert_uint_eq(ikev1_policy_window_for(0), 3);
	ck_assert_uint_eq(ikev1_policy_window_for(1), 7);
	ck_assert_uint_eq(ikev1_policy_window_for(20), 83);
	ck_assert_uint_eq(ikev1_policy_window_for(255), 1023);
	ck_assert_uint_eq(ikev1_policy_window_for(256), 1024);
	ck_assert_uint_eq(ikev1_policy_window_for(UINT32_MAX), 1024);
}
END_TEST

START_TEST(test_others)
{
	ikev1_policy_settings_t *config = load(
					"on_overflow = terminate\n unencrypted_main_mode = yes\n"
					"unencrypted_main_mode_peers = 10.1.0.2, *@lab");

	ck_assert_int_eq(config->on_overflow, IKEV1_POLICY_TERMINATE);
	ck_assert(config->unencrypted_main_mode);
	ck_assert(config->unencrypted_main_mode_peers);
	options_unref(config);
}
END_TEST

START_TEST(test_peers_without_switch)
{
	ikev1_policy_settings_t *config = load(
					"unencrypted_main_mode_peers = 10.1.0.2");

	/* said, but no reason to have none of the section */
	ck_assert(!config->unencrypted_main_mode);
	options_unref(config);
}
END_TEST

/** start of a list of peers */
#define PEERS "unencrypted_main_mode = yes\n unencrypted_main_mode_peers = "

/** what is refused, and the start of the line that says so */
static const conf_invalid_t invalid[] = {
	{ "phase2_exchanges = 2",
	  "phase2_exchanges = \"2\": expected auto or 3-1024" },
	{ "phase2_exchanges = 1025", "phase2_exchanges = \"1025\": expected auto" },
	{ "phase2_exchanges = many", "phase2_exchanges = \"many\": expected auto" },
	{ "phase2_exchanges = -3", "phase2_exchanges = \"-3\": expected auto" },
	{ "phase2_exchanges = \"\"", "phase2_exchanges = \"\": " },
	{ "phase2_max = 2", "phase2_max = \"2\": expected 3-1024" },
	{ "phase2_max = 1025", "phase2_max = \"1025\": expected 3-1024" },
	{ "phase2_max = auto", "phase2_max = \"auto\": expected 3-1024" },
	{ "phase2_exchanges = 20\n phase2_max = 100",
	  "phase2_max: has no effect with phase2_exchanges 20" },
	{ "on_overflow = delete",
	  "on_overflow = \"delete\": expected one of report, terminate" },
	{ "unencrypted_main_mode = 10.1.0.2",
	  "unencrypted_main_mode = \"10.1.0.2\": expected yes" },
	{ PEERS "\"\"", "unencrypted_main_mode_peers = \"\": " },
	{ PEERS "10.1.0", "unencrypted_main_mode_peers = \"10.1.0\": expected an "
	  "address, network, range of addresses or identity" },
	{ PEERS "10.1.0.0/33", "unencrypted_main_mode_peers = \"10.1.0.0/33\": " },
	{ PEERS "fd01::/129", "unencrypted_main_mode_peers = \"fd01::/129\": " },
	{ PEERS "10.1.0.9-10.1.0.2",
	  "unencrypted_main_mode_peers = \"10.1.0.9-10.1.0.2\": expected an" },
	{ PEERS "10.1.0.2, !fw@lab",
	  "unencrypted_main_mode_peers = \"fw@lab\": is negated" },
	{ "window = 3", "window = \"3\": unknown option" },
};

SETTINGS_TESTS(ikev1_policy_schema, invalid)

SUITE(ikev1_policy_settings)
{
	Suite *s = suite_create("ikev1_policy_settings");
	TCase *tc;

	tc = tcase_create("valid");
	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_windows, 0, countof(windows));
	tcase_add_test(tc, test_window_for);
	tcase_add_test(tc, test_others);
	tcase_add_test(tc, test_peers_without_switch);
	suite_add_tcase(s, tc);

	tc = tcase_create("invalid");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
