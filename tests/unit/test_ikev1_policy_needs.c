/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ikev1_policy_needs.h>

#include "unit.h"

static const struct {
	ikev1_policy_traits_t traits;
	const char *needs;
} table[] = {
	{ { }, "version = 2" },
	{ { .psk = TRUE }, "version = 2" },
	{ { .aggressive = TRUE, .psk = TRUE }, "version = 2, no aggressive" },
	{ { .push = TRUE }, "version = 2, no pull = no" },
	{ { .xauth = TRUE },
	  "version = 2, remote.auth = eap-mschapv2 in place of remote-xauth" },
	{ { .xauth = TRUE, .radius = TRUE },
	  "version = 2, remote.auth = eap-radius in place of remote-xauth" },
	{ { .own_xauth = TRUE, .psk = TRUE },
	  "version = 2, local.auth = eap in place of local-xauth" },
	/* all that there is fits in */
	{ { TRUE, TRUE, TRUE, TRUE, TRUE, TRUE },
	  "version = 2, remote.auth = eap-radius in place of remote-xauth, "
	  "local.auth = pubkey and a certificate, which clients ask for with EAP, "
	  "local.auth = eap in place of local-xauth, neither aggressive nor "
	  "pull = no" },
};

START_TEST(test_needs)
{
	char buf[IKEV1_POLICY_NEEDS_LEN];

	ikev1_policy_write_needs(&table[_i].traits, buf);
	ck_assert_str_eq(buf, table[_i].needs);
}
END_TEST

SUITE(ikev1_policy_needs)
{
	Suite *s = suite_create("ikev1_policy_needs");
	TCase *tc;

	tc = tcase_create("needs");
	tcase_add_loop_test(tc, test_needs, 0, countof(table));
	suite_add_tcase(s, tc);
	return s;
}
