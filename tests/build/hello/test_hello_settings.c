/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "conf.h"
#include "unit.h"

#include <hello_settings.h>

static const conf_invalid_t invalid[] = {
	{ "greeting = \"\"", "greeting = \"\": empty, expected a string" },
	{ "greetings = hi", "greetings = \"hi\": unknown option" },
};

SETTINGS_TESTS(hello_schema, invalid)

SUITE(hello_settings)
{
	Suite *s = suite_create("hello: settings");
	TCase *tc = tcase_create("settings");

	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);
	return s;
}
