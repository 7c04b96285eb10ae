/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <control_settings.h>

/** 107 characters, the most that fit into a socket's address */
#define LONGEST "/run/" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

/** what is set, and what comes of it */
static struct {
	char *conf;
	char *socket;
} valid[] = {
	{ "c { }", "unix:///run/charon.advanced.vici" },
	{ "c { socket = unix:///tmp/x }", "unix:///tmp/x" },
	{ "c { socket = unix://" LONGEST " }", "unix://" LONGEST },
	{ "c { socket = unix:///x\nreadonly_socket = unix:///y\n"
	  "readonly_group = adm }", "unix:///x" },
};

START_TEST(test_valid)
{
	control_settings_t *config;

	config = conf_valid(&control_schema, "c", valid[_i].conf);
	ck_assert_str_eq(config->socket, valid[_i].socket);
	options_unref(config);
}
END_TEST

static const conf_invalid_t invalid[] = {
	{ "socket = tcp://127.0.0.1:4502",
	  "socket = \"tcp://127.0.0.1:4502\": expected unix:// and an absolute" },
	{ "socket = /run/x", "socket = \"/run/x\": expected unix:// and" },
	{ "socket = unix://x", "socket = \"unix://x\": expected unix:// and" },
	{ "socket = unix://", "socket = \"unix://\": expected unix:// and" },
	{ "socket = systemd://x", "socket = \"systemd://x\": expected unix://" },
	{ "socket = unix://" LONGEST "x", "socket = \"unix:///run/xxx" },
	{ "readonly_socket = /run/x", "readonly_socket = \"/run/x\": expected "
	  "unix:// and" },
	{ "readonly_socket = unix://" LONGEST "x", "readonly_socket = \"unix" },
	{ "socket = unix:///x\nreadonly_socket = unix:///x",
	  "readonly_socket = \"unix:///x\": expected another one than socket" },
	{ "readonly_group = adm", "readonly_group = \"adm\": expected only with" },
	{ "socket = \"\"", "socket = \"\": empty, expected a string" },
	{ "sockets = unix:///run/x",
	  "sockets = \"unix:///run/x\": unknown option" },
};

SETTINGS_TESTS(control_schema, invalid)

SUITE(control_settings)
{
	Suite *s;
	TCase *tc;

	s = suite_create("control_settings");

	tc = tcase_create("settings");
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);

	return s;
}
