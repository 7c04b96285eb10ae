/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "test_filtermode_load.h"

#include <filtermode_children.h>
#include <selectors/traffic_selector.h>

static filtermode_children_t *children;
static filtermode_ruleset_t *ruleset;
static char *printed;

static void use(const char *content)
{
	filtermode_settings_t *config = filtermode_load(content, NULL);

	filtermode_ruleset_unref(ruleset);
	ruleset = filtermode_ruleset_create(config, NULL, NULL);
	options_unref(config);
	children->use(children, ruleset);
}

static void set(uint32_t id, uint32_t reqid, const char *connection)
{
	filtermode_child_t child = { .connection = connection };

	children->set(children, id, reqid, &child);
}

static void set_ipcomp(uint32_t id, uint32_t reqid, const char *connection)
{
	filtermode_child_t child = { .connection = connection, .ipcomp = TRUE };

	children->set(children, id, reqid, &child);
}

static void setup()
{
	children = filtermode_children_create();
	use("table = t\n mode = interfaces\n allow_connections = \"hq*\"");
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
	set(1, 7, "hq");
	set(2, 8, "rw");
	set(3, 9, "hq-2");
	ck_assert_str_eq(changes(), "add element inet t allowed { 7, 9 }\n");
	ck_assert_str_eq(changes(), "");
	children->remove(children, 1);
	children->remove(children, 2);
	children->remove(children, 99);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n");
	/* seen as nothing if it is gone before anybody looks */
	set(4, 5, "hq");
	children->remove(children, 4);
	ck_assert_str_eq(changes(), "");
}
END_TEST

START_TEST(test_rekey)
{
	set(1, 7, "hq");
	changes();
	set(2, 7, "hq");
	ck_assert_str_eq(changes(), "");
	children->remove(children, 1);
	ck_assert_str_eq(changes(), "");
	/* another reqid for the same CHILD_SA, after its addresses changed */
	set(2, 8, "hq");
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n"
					 "add element inet t allowed { 8 }\n");
}
END_TEST

START_TEST(test_shared_reqid)
{
	/* a packet doesn't show which of both it belongs to */
	set(1, 7, "hq");
	ck_assert_str_eq(changes(), "add element inet t allowed { 7 }\n");
	set(2, 7, "rw");
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n");
	children->remove(children, 2);
	ck_assert_str_eq(changes(), "add element inet t allowed { 7 }\n");
}
END_TEST

START_TEST(test_all)
{
	set(1, 7, "hq");
	set(2, 8, "rw");
	ck_assert_str_eq(all(), "add element inet t allowed { 7 }\n");
	/* nothing is filled by printing it */
	ck_assert_str_eq(changes(), "add element inet t allowed { 7 }\n");
	children->remove(children, 1);
	children->use(children, ruleset);
	ck_assert_str_eq(all(), "");
	ck_assert_str_eq(changes(), "");
	children->use(children, NULL);
	set(1, 7, "hq");
	ck_assert_str_eq(changes(), "");
	children->use(children, ruleset);
	ck_assert_str_eq(changes(), "");
	children->remove(children, 1);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n");
}
END_TEST

#define SET "table inet t {\n\tset allowed { # handle 3\n" \
	"\t\ttypeof ipsec in reqid\n"

/** listings of a set, and whether it is the one with 7 and 4294967295 */
static struct {
	char *listing;
	bool match;
} listings[] = {
	{ SET "\t\telements = { 7,\n\t\t\t     4294967295 }\n\t}\n}\n", TRUE },
	{ SET "\t\telements = { 7 }\n\t}\n}\n", FALSE },
	{ SET "\t\telements = { 7, 8 }\n\t}\n}\n", FALSE },
	{ SET "\t\telements = { 7, 8, 4294967295 }\n\t}\n}\n", FALSE },
	{ SET "\t\telements = { 7, 4294967295, 9 }\n\t}\n}\n", FALSE },
	{ SET "\t\telements = { 7 timeout 1h, 4294967295 }\n\t}\n}\n", FALSE },
	{ SET "\t\telements = { 7, 4294967295 comment \"x\" }\n\t}\n}\n", FALSE },
	{ SET "\t}\n}\n", FALSE },
	{ "", FALSE },
};

START_TEST(test_elements)
{
	ck_assert(children->are_elements(children, 0, SET "\t}\n}\n"));
	ck_assert(!children->are_elements(children, 0,
									  SET "\t\telements = { 7 }\n"));
	set(1, 7, "hq");
	set(2, 8, "rw");
	set(3, UINT32_MAX, "hq");
	changes();
	ck_assert_int_eq(children->are_elements(children, 0, listings[_i].listing),
					 listings[_i].match);
}
END_TEST

START_TEST(test_sets)
{
	use("table = t\n mode = ipsec\n rules {\n"
		"a { connections = a\n kind = tunnel\n action = accept\n }\n"
		"b { connections = b\n kind = transport\n action = drop\n }\n }");
	set(1, 1, "a");
	set_ipcomp(2, 2, "b");
	set_ipcomp(3, 3, "c");
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

/** lists of connections, and what the sets of rules that accept and drop have
 * of hq (1), hq-test (2), rw (3), and of hq and rw that share a reqid (4) */
static const struct {
	char *connections;
	char *accept;
	char *drop;
} lists[] = {
	{ "hq", "1", "2, 3" },
	{ "hq*", "1, 2", "3" },
	{ "hq, rw", "1, 3, 4", "2" },
	{ "r?, nosuch", "3", "1, 2" },
	{ "hq*, !hq-test", "1", "2, 3" },
	{ "!hq-test, hq*", "1", "2, 3" },
	{ "!hq*", "3", "1, 2" },
	{ "*", "1, 2, 3, 4", NULL },
	{ "nosuch", NULL, "1, 2, 3, 4" },
};

/** print an expected change of a set */
static void print_elements(FILE *out, const char *set, const char *elements)
{
	if (elements)
	{
		fprintf(out, "add element inet t %s { %s }\n", set, elements);
	}
}

START_TEST(test_lists)
{
	char conf[512], *expected;
	size_t len;
	FILE *out;

	snprintf(conf, sizeof(conf), "table = t\n mode = ipsec\n rules {\n"
			 "a { connections = \"%s\"\n kind = tunnel\n action = accept }\n"
			 "d { connections = \"%s\"\n kind = tunnel\n action = drop }\n }",
			 lists[_i].connections, lists[_i].connections);
	use(conf);
	set(1, 1, "hq");
	set(2, 2, "hq-test");
	set(3, 3, "rw");
	set(4, 4, "hq");
	set(5, 4, "rw");
	out = open_memstream(&expected, &len);
	print_elements(out, "rule-a", lists[_i].accept);
	print_elements(out, "rule-d", lists[_i].drop);
	fclose(out);
	ck_assert_str_eq(changes(), expected);
	free(expected);
}
END_TEST

START_TEST(test_many_sets)
{
	char conf[4096] = "mode = ipsec\n rules {\n", *pos;
	u_int i, count = 0;

	for (i = 0; i < 20; i++)
	{
		snprintf(conf + strlen(conf), sizeof(conf) - strlen(conf), "r%u { "
				 "connections = c\n kind = tunnel\n action = accept }\n", i);
	}
	strcat(conf, "}");
	use(conf);
	set(1, 1, "c");
	for (pos = changes(); (pos = strstr(pos, "{ 1 }")); pos++)
	{
		count++;
	}
	ck_assert_uint_eq(count, 20);
}
END_TEST

/** callback of list_sets() */
static void print_set(void *data, const char *name, u_int elements)
{
	fprintf(data, " %s=%u", name, elements);
}

/** numbers and sets as text */
static char *state()
{
	filtermode_counts_t counts;
	size_t len;
	FILE *out;

	free(printed);
	out = open_memstream(&printed, &len);
	children->count(children, &counts);
	fprintf(out, "%u/%u/%u", counts.followed, counts.allowed, counts.blocked);
	children->list_sets(children, print_set, out);
	fclose(out);
	return printed;
}

START_TEST(test_state)
{
	filtermode_child_t transport = { .connection = "rw", .transport = TRUE },
					   xfrmi = { .connection = "hq", .if_id = TRUE },
					   vti = { .connection = "rw", .mark = TRUE };

	ck_assert_str_eq(state(), "0/0/0 allowed=0");
	set(1, 1, "hq");
	set(2, 2, "rw");
	/* none of them is either */
	children->set(children, 3, 3, &transport);
	children->set(children, 4, 4, &xfrmi);
	children->set(children, 5, 5, &vti);
	changes();
	ck_assert_str_eq(state(), "5/1/1 allowed=2");
	/* packets of both are dropped */
	set(6, 1, "rw");
	changes();
	ck_assert_str_eq(state(), "6/0/3 allowed=1");
	use("mode = ipsec");
	ck_assert_str_eq(state(), "6/0/0 ipcomp=0");
	children->use(children, NULL);
	ck_assert_str_eq(state(), "6/0/0");
}
END_TEST

static linked_list_t *networks(char *first, char *second)
{
	linked_list_t *list = linked_list_create();

	list->insert_last(list, traffic_selector_create_from_cidr(first, 0, 0,
															  65535));
	if (second)
	{
		list->insert_last(list, traffic_selector_create_from_cidr(second, 0, 0,
																  65535));
	}
	return list;
}

static uint64_t key(char *local, char *second, char *remote)
{
	linked_list_t *locals = networks(local, second);
	linked_list_t *remotes = networks(remote, NULL);
	uint64_t value = filtermode_networks_key(locals, remotes);

	locals->destroy_offset(locals, offsetof(traffic_selector_t, destroy));
	remotes->destroy_offset(remotes, offsetof(traffic_selector_t, destroy));
	return value;
}

START_TEST(test_key)
{
	uint64_t a = key("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16");

	ck_assert(a == key("10.2.0.0/16", "10.1.0.0/16", "10.3.0.0/16"));
	ck_assert(a != key("10.1.0.0/16", NULL, "10.3.0.0/16"));
	ck_assert(a != key("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/17"));
	ck_assert(key("10.1.0.0/16", NULL, "10.3.0.0/16") !=
			  key("10.3.0.0/16", NULL, "10.1.0.0/16"));
}
END_TEST

static void set_networks(uint32_t id, uint64_t networks, const char *connection)
{
	filtermode_child_t child = { .connection = connection,
								 .networks = networks };

	children->set(children, id, id, &child);
}

START_TEST(test_find)
{
	filtermode_settings_t *some, *none;

	some = filtermode_load("mode = interfaces\n allow_connections = hq*", NULL);
	none = filtermode_load("mode = interfaces", NULL);
	children->use(children, _i ? ruleset : NULL);
	ck_assert(!children->find_allowed(children, 7, some));
	set_networks(1, 7, "rw");
	set_networks(2, 8, "hq-1");
	set_networks(3, 0, "hq-2");
	ck_assert(!children->find_allowed(children, 7, some));
	ck_assert_str_eq(children->find_allowed(children, 8, some), "hq-1");
	ck_assert(!children->find_allowed(children, 8, none));
	ck_assert(!children->find_allowed(children, 0, some));
	/* its networks changed */
	set_networks(2, 7, "hq-1");
	ck_assert(!children->find_allowed(children, 8, some));
	ck_assert_str_eq(children->find_allowed(children, 7, some), "hq-1");
	children->remove(children, 2);
	children->remove(children, 2);
	ck_assert(!children->find_allowed(children, 7, some));
	options_unref(some);
	options_unref(none);
}
END_TEST

/** a CHILD_SA whose reqid we use */
static void set_use(uint32_t id, filtermode_reqid_t *use)
{
	filtermode_child_t child = { .connection = "hq", .use = use };

	children->set(children, id, use->reqid, &child);
}

START_TEST(test_use)
{
	filtermode_reqid_t uses[2] = {
		{ .ref = 1, .reqid = 7 }, { .ref = 1, .reqid = 8 },
	};
	int i;

	set_use(1, &uses[0]);
	changes();
	children->settle(children);
	ck_assert_uint_eq(ref_cur(&uses[0].ref), 2);
	/* another reqid, or none */
	set_use(1, &uses[1]);
	ck_assert_str_eq(changes(), "delete element inet t allowed { 7 }\n"
					 "add element inet t allowed { 8 }\n");
	children->remove(children, 1);
	changes();
	for (i = 0; i < 2; i++)
	{	/* printed, but not done yet */
		ck_assert_uint_eq(ref_cur(&uses[i].ref), 2);
	}
	if (_i)
	{
		children->use(children, ruleset);
	}
	else
	{
		children->settle(children);
	}
	for (i = 0; i < 2; i++)
	{
		ck_assert_uint_eq(ref_cur(&uses[i].ref), 1);
	}
}
END_TEST

SUITE(filtermode_children)
{
	Suite *s = suite_create("filtermode: CHILD_SAs");
	TCase *tc;

	tc = tcase_create("children");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_up_down);
	tcase_add_test(tc, test_rekey);
	tcase_add_test(tc, test_shared_reqid);
	tcase_add_test(tc, test_all);
	tcase_add_loop_test(tc, test_elements, 0, countof(listings));
	tcase_add_test(tc, test_sets);
	tcase_add_loop_test(tc, test_lists, 0, countof(lists));
	tcase_add_test(tc, test_many_sets);
	tcase_add_test(tc, test_state);
	tcase_add_test(tc, test_key);
	/* by a change of sets, or by others in their place */
	tcase_add_loop_test(tc, test_use, 0, 2);
	/* whether sets are to be filled or not */
	tcase_add_loop_test(tc, test_find, 0, 2);
	suite_add_tcase(s, tc);

	return s;
}
