/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"
#include "opt_file.h"

#include <control_settings.h>

/** 107 characters, the most that fit into a socket's address */
#define LONGEST "/run/" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static control_settings_t *load(char *conf, option_errors_t *errors)
{
	return conf_load(&control_schema, "c", conf, errors);
}

START_TEST(test_opt_file)
{
	assert_opt_matches(&control_schema,
					   TOP_SRCDIR "/plugins/control/control.opt");
}
END_TEST

/** what is set, and what comes of it */
static struct {
	char *conf;
	char *socket;
} valid[] = {
	{ "c { }", "unix:///run/charon-advanced.vici" },
	{ "c { socket = unix:///tmp/x }", "unix:///tmp/x" },
	{ "c { socket = unix://" LONGEST " }", "unix://" LONGEST },
};

START_TEST(test_valid)
{
	option_errors_t *errors = option_errors_create();
	control_settings_t *config;

	config = load(valid[_i].conf, errors);
	ck_assert(config);
	ck_assert_str_eq(config->socket, valid[_i].socket);
	options_unref(config);
	errors->destroy(errors);
}
END_TEST

/** what is refused */
static char *invalid[] = {
	"c { socket = tcp://127.0.0.1:4502 }",
	"c { socket = /run/x }",
	"c { socket = unix://x }",
	"c { socket = unix:// }",
	"c { socket = systemd://x }",
	"c { socket = unix://" LONGEST "x }",
	"c { socket = \"\" }",
	"c { sockets = unix:///run/x }",
};

START_TEST(test_invalid)
{
	option_errors_t *errors = option_errors_create();

	ck_assert(!load(invalid[_i], errors));
	ck_assert_uint_eq(errors->get_count(errors), 1);
	errors->destroy(errors);
}
END_TEST

SUITE(control_settings)
{
	Suite *s;
	TCase *tc;

	s = suite_create("control_settings");

	tc = tcase_create("settings");
	tcase_add_test(tc, test_opt_file);
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);

	return s;
}
