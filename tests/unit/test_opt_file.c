/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "opt_file.h"

#include <schemas.h>

static const char *const modes[] = { "keep", "no", NULL };

static const option_t rule_options[] = {
	{ .key = "mode", .type = OPTION_ENUM, .names = modes },
	{ .key = "retry", .type = OPTION_TIME, .def = "5m" },
};

static const options_schema_t rule_schema = {
	.options = rule_options,
	.count = countof(rule_options),
};

static const option_t options[] = {
	{ .key = "mode", .type = OPTION_ENUM, .names = modes, .def = "keep" },
	{ .key = "path", .type = OPTION_STRING },
	{ .key = "rules", .type = OPTION_SECTIONS, .section = &rule_schema },
};

static const options_schema_t schema = {
	.name = "my-test",
	.options = options,
	.count = countof(options),
};

#define ROOT	"charon.plugins.my-test"
#define MODE	ROOT ".mode = keep\n"
#define PATH	ROOT ".path =\n"
#define RULE	ROOT ".rules.<name>.mode\n" \
				ROOT ".rules.<name>.retry := 5m\n"

static const struct {
	const char *opt;
	const char *differences;
} files[] = {
	/* the same, in several ways */
	{ MODE PATH RULE, "" },
	{ "# charon.plugins.my-test.foo = 1\n"
	  ROOT " {}\n\tSection = \"x\" {}\n\n"
	  ROOT ".load := no\n\tWhether to load it.\n\n"
	  ROOT ".path\n    Path = /run/x\n"
	  ROOT ".mode :=  keep  \n\n\tfoo = bar\n"
	  ROOT ".rules {}\n" ROOT ".rules.<rule> { # }\n\n"
	  ROOT ".rules.<rule>.mode = \n" ROOT ".rules.<x>.retry = 5m", "" },
	/* missing */
	{ PATH RULE, ROOT ".mode isn't in the .opt file\n" },
	{ MODE RULE, ROOT ".path isn't in the .opt file\n" },
	{ MODE PATH ROOT ".rules.<name>.retry = 5m\n",
	  ROOT ".rules.<name>.mode isn't in the .opt file\n" },
	{ "", ROOT ".mode isn't in the .opt file\n"
	  ROOT ".path isn't in the .opt file\n"
	  ROOT ".rules.<name>.mode isn't in the .opt file\n"
	  ROOT ".rules.<name>.retry isn't in the .opt file\n" },
	/* extra */
	{ MODE PATH RULE ROOT ".foo = 1\n", ROOT ".foo isn't in the table\n" },
	{ MODE PATH RULE ROOT ".rules.<name>.foo\n",
	  ROOT ".rules.<name>.foo isn't in the table\n" },
	{ MODE PATH RULE ROOT ".rules.<name>.load = no\n",
	  ROOT ".rules.<name>.load isn't in the table\n" },
	{ MODE PATH RULE ROOT ".rule {}\n", ROOT ".rule isn't in the table\n" },
	{ MODE PATH RULE ROOT ".rules.mode = keep\n",
	  ROOT ".rules.mode isn't in the table\n" },
	{ MODE PATH RULE "charon.plugins.other.mode = keep\n",
	  "charon.plugins.other.mode isn't in the table\n" },
	/* another default, another kind */
	{ ROOT ".mode = no\n" PATH RULE, ROOT ".mode: the table has the default "
	  "\"keep\", the .opt file has the default \"no\"\n" },
	{ ROOT ".mode\n" PATH RULE, ROOT ".mode: the table has the default "
	  "\"keep\", the .opt file has the default \"\"\n" },
	{ MODE ROOT ".path = /run\n" RULE, ROOT ".path: the table has the default "
	  "\"\", the .opt file has the default \"/run\"\n" },
	{ MODE ROOT ".path {}\n" RULE, ROOT ".path: the table has the default "
	  "\"\", the .opt file has a section\n" },
	{ MODE PATH RULE ROOT ".rules = x\n", ROOT ".rules: the table has a "
	  "section, the .opt file has the default \"x\"\n" },
	/* what the formatter would drop without a word */
	{ ROOT ".mode keep\n" MODE PATH RULE, ROOT ".mode is neither an option "
	  "nor a section\n" },
};

START_TEST(test_compare)
{
	char *differences;
	FILE *file;

	file = fmemopen((char*)files[_i].opt, strlen(files[_i].opt) ?: 1, "r");
	differences = opt_file_compare(&schema, file);
	fclose(file);
	ck_assert_str_eq(differences, files[_i].differences);
	free(differences);
}
END_TEST

/**
 * The plugins that are built.
 */
static const options_schema_t *const schemas[] = SCHEMAS;

START_TEST(test_plugins)
{
	assert_opt_matches(schemas[_i]);
}
END_TEST

SUITE(opt_file)
{
	Suite *s;
	TCase *tc;

	s = suite_create("opt_file");

	tc = tcase_create("compare");
	tcase_add_loop_test(tc, test_compare, 0, countof(files));
	suite_add_tcase(s, tc);

	tc = tcase_create("plugins");
	tcase_add_loop_test(tc, test_plugins, 0, countof(schemas) - 1);
	suite_add_tcase(s, tc);

	return s;
}
