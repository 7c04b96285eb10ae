/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "control_text.h"

#include <unity_ext_offer.h>
#include <unity_ext_settings.h>

static unity_ext_record_t *records[2];

static void list(unity_ext_dns_t *this,
				 void (*cb)(void *data, const unity_ext_record_t *record),
				 void *data)
{
	int i;

	for (i = 0; i < countof(records) && records[i]; i++)
	{
		cb(data, records[i]);
	}
}

static unity_ext_dns_t dns = { .list = list };

START_TEST(test_status)
{
	options_store_t *store = options_store_create(&unity_ext_schema);
	unity_ext_t unity_ext = { .dns = &dns };

	control_text_offer("unity-ext", &unity_ext_offer, store, &unity_ext);
	ck_assert_str_eq(control_text_status("unity-ext"),
					 "rules=0 dns-method=none tunnels=0 domains: ; ");
	records[0] = unity_ext_record_create();
	records[1] = unity_ext_record_create();
	unity_ext_record_set(&records[0]->domains, "a.lab b.lab");
	ck_assert_str_eq(control_text_status("unity-ext"),
					 "rules=0 dns-method=none tunnels=2 domains: 'a.lab' "
					 "'b.lab' ; ");
	records[0]->reason = strdup("no D-Bus");
	unity_ext_record_set(&records[0]->connection, "road");
	records[0]->id = 7;
	ck_assert_str_eq(control_text_status("unity-ext"),
					 "rules=0 dns-method=none tunnels=1 domains: ; warnings: "
					 "'DNS servers of 'road' [7] aren't set: no D-Bus' ; ");
	control_text_withdraw();
	store->destroy(store);
	unity_ext_record_destroy(records[0]);
	unity_ext_record_destroy(records[1]);
}
END_TEST

SUITE(unity_ext_offer)
{
	Suite *s = suite_create("unity_ext: offer");
	TCase *tc;

	tc = tcase_create("offer");
	tcase_add_test(tc, test_status);
	suite_add_tcase(s, tc);

	return s;
}
