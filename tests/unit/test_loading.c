/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <loading.h>

#include "unit.h"

#define MODULAR(plugins) \
	"charon { load_modular = yes\n plugins { " plugins " } }"

static const struct {
	const char *daemon;
	char *conf;
	bool wants;
} table[] = {
	{ "charon", MODULAR(""), FALSE },
	{ "charon", MODULAR("a { }"), FALSE },
	{ "charon", MODULAR("a { load = no }"), FALSE },
	{ "charon", MODULAR("a { load = 0 }"), FALSE },
	{ "charon", MODULAR("a { load = on }"), FALSE },
	{ "charon", MODULAR("ab { load = yes }"), FALSE },
	{ "charon", MODULAR("a { load = yes }"), TRUE },
	{ "charon", MODULAR("a { load = -5 }"), TRUE },
	{ "charon", MODULAR("a! { load = yes }"), TRUE },
	{ "charon", MODULAR("a { load = no } a! { load = yes }"), TRUE },
	/* by the list, and only if there is one */
	{ "charon", "charon { plugins { a { load = yes } } }", FALSE },
	{ "charon", "charon { load = ab b a! c }", TRUE },
	{ "charon", "charon { load = ab b }", FALSE },
	{ "charon", "charon { load = a\n plugins { a { load = no } } }", FALSE },
	{ "charon", "charon { load = a\n plugins { a { limit = 1 } } }", TRUE },
	/* a snippet */
	{ "", "a { load = yes }", TRUE },
	{ "", "a { load = no }", FALSE },
	{ "", "a! { load = yes }", TRUE },
	{ "", "charon { plugins { a { load = yes } } }", FALSE },
};

START_TEST(test_wants)
{
	settings_t *settings = settings_create_string(table[_i].conf);

	ck_assert_int_eq(loading_wants(settings, table[_i].daemon, "a"),
					 table[_i].wants);
	settings->destroy(settings);
}
END_TEST

SUITE(loading)
{
	Suite *s = suite_create("loading");
	TCase *tc;

	tc = tcase_create("wants");
	tcase_add_loop_test(tc, test_wants, 0, countof(table));
	suite_add_tcase(s, tc);
	return s;
}
