/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "test_filtermode_load.h"

#include <filtermode_networks.h>
#include <selectors/traffic_selector.h>

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

START_TEST(test_find)
{
	filtermode_settings_t *some, *none;
	filtermode_networks_t *table = filtermode_networks_create();

	some = filtermode_load("mode = interfaces\n allow = hq*", NULL);
	none = filtermode_load("mode = interfaces", NULL);
	ck_assert(!table->find_allowed(table, 7, some));
	table->set(table, 1, 7, "rw");
	table->set(table, 2, 8, "hq-1");
	ck_assert(!table->find_allowed(table, 7, some));
	ck_assert_str_eq(table->find_allowed(table, 8, some), "hq-1");
	ck_assert(!table->find_allowed(table, 8, none));
	/* its networks changed */
	table->set(table, 2, 7, "hq-1");
	ck_assert(!table->find_allowed(table, 8, some));
	ck_assert_str_eq(table->find_allowed(table, 7, some), "hq-1");
	table->remove(table, 2);
	table->remove(table, 2);
	ck_assert(!table->find_allowed(table, 7, some));
	table->destroy(table);
	options_unref(some);
	options_unref(none);
}
END_TEST

SUITE(filtermode_networks)
{
	Suite *s = suite_create("filtermode: networks");
	TCase *tc;

	tc = tcase_create("networks");
	tcase_add_test(tc, test_key);
	tcase_add_test(tc, test_find);
	suite_add_tcase(s, tc);

	return s;
}
