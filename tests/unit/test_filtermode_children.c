/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "filtermode_load.h"

#include <filtermode_children.h>

static filtermode_children_t *children;
static filtermode_ruleset_t *ruleset;
static char *printed;

static void use(const char *content)
{
	filtermode_settings_t *config = filtermode_load(content, NULL);

	filtermode_ruleset_unref(ruleset);
	ruleset = filtermode_ruleset_create(config, NULL);
	options_unref(config);
	children->use(children, ruleset);
}

static void setup()
{
	children = filtermode_children_create();
	use("table = t\n mode = interfaces\n allow = \"hq*\"");
}

static void teardown()
{
	children->destroy(children);
	filtermode_ruleset_unref(ruleset);
	ruleset = NULL;
	free(printed);
	printed = NULL;
}

/** what changed, also checks the return value */
static char *changes()
{
	size_t len;
	FILE *out;
	bool any;

	free(printed);
	out = open_memstream(&printed, &len);
	any = children->print_changes(children, out);
	fclose(out);
	ck_assert_int_eq(any, len != 0);
	return printed;
}

static char *all()
{
	size_t len;
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &len);
	children->print_all(children, ruleset, out);
	fclose(out);
	return printed;
}

START_TEST(test_up_down)
{
	ck_assert_str_eq(changes(), "");
	children->set(children, 1, 7, "hq", FALSE);
	children->set(children, 2, 8, "rw", FALSE);
	children->set(children, 3, 9, "hq-2", FALSE);
	ck_assert_str_eq(changes(), "add element inet t allowed { 7, 9 }\n");
	ck_assert_str_eq(changes(), "");
	children->remove(children, 1);
	children->remove(children, 2);
	children->remove(children, 99);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n");
	/* seen as nothing if it is gone before anybody looks */
	children->set(children, 4, 5, "hq", FALSE);
	children->remove(children, 4);
	ck_assert_str_eq(changes(), "");
}
END_TEST

START_TEST(test_rekey)
{
	children->set(children, 1, 7, "hq", FALSE);
	changes();
	children->set(children, 2, 7, "hq", FALSE);
	ck_assert_str_eq(changes(), "");
	children->remove(children, 1);
	ck_assert_str_eq(changes(), "");
	/* another reqid for the same CHILD_SA, after its addresses changed */
	children->set(children, 2, 8, "hq", FALSE);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n"
					 "add element inet t allowed { 8 }\n");
}
END_TEST

START_TEST(test_shared_reqid)
{
	/* a packet doesn't show which of both it belongs to */
	children->set(children, 1, 7, "hq", FALSE);
	ck_assert_str_eq(changes(), "add element inet t allowed { 7 }\n");
	children->set(children, 2, 7, "rw", FALSE);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n");
	children->remove(children, 2);
	ck_assert_str_eq(changes(), "add element inet t allowed { 7 }\n");
}
END_TEST

START_TEST(test_all)
{
	children->set(children, 1, 7, "hq", FALSE);
	children->set(children, 2, 8, "rw", FALSE);
	ck_assert_str_eq(all(), "add element inet t allowed { 7 }\n");
	/* nothing is filled by printing it */
	ck_assert_str_eq(changes(), "add element inet t allowed { 7 }\n");
	children->remove(children, 1);
	children->use(children, ruleset);
	ck_assert_str_eq(all(), "");
	ck_assert_str_eq(changes(), "");
	children->use(children, NULL);
	children->set(children, 1, 7, "hq", FALSE);
	ck_assert_str_eq(changes(), "");
	children->use(children, ruleset);
	ck_assert_str_eq(changes(), "");
	children->remove(children, 1);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n");
}
END_TEST

START_TEST(test_sets)
{
	use("table = t\n mode = ipsec\n rules {\n"
		"a { connection = a\n mode = tunnel\n action = accept\n }\n"
		"b { connection = b\n mode = transport\n action = drop\n }\n }");
	children->set(children, 1, 1, "a", FALSE);
	children->set(children, 2, 2, "b", TRUE);
	children->set(children, 3, 3, "c", TRUE);
	/* a set has those that pass, so the one of a drop has those that aren't
	 * dropped */
	ck_assert_str_eq(changes(), "add element inet t ipcomp { 2, 3 }\n"
					 "add element inet t rule-a { 1 }\n"
					 "add element inet t rule-b { 1, 3 }\n");
	children->remove(children, 1);
	ck_assert_str_eq(changes(), "delete element inet t rule-a { 1 }\n"
					 "delete element inet t rule-b { 1 }\n");
}
END_TEST

START_TEST(test_many_sets)
{
	char conf[4096] = "mode = ipsec\n rules {\n", *pos;
	u_int i, count = 0;

	for (i = 0; i < 20; i++)
	{
		snprintf(conf + strlen(conf), sizeof(conf) - strlen(conf), "r%u { "
				 "connection = c\n mode = tunnel\n action = accept\n }\n", i);
	}
	strcat(conf, "}");
	use(conf);
	children->set(children, 1, 1, "c", FALSE);
	for (pos = changes(); (pos = strstr(pos, "{ 1 }")); pos++)
	{
		count++;
	}
	ck_assert_uint_eq(count, 20);
}
END_TEST

Suite *filtermode_children_suite_create(void)
{
	Suite *s = suite_create("filtermode: CHILD_SAs");
	TCase *tc;

	tc = tcase_create("children");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_up_down);
	tcase_add_test(tc, test_rekey);
	tcase_add_test(tc, test_shared_reqid);
	tcase_add_test(tc, test_all);
	tcase_add_test(tc, test_sets);
	tcase_add_test(tc, test_many_sets);
	suite_add_tcase(s, tc);

	return s;
}
