/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ikev1_needs.h>

#include "unit.h"

static const struct {
	ikev1_traits_t traits;
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
	char buf[IKEV1_NEEDS_LEN];

	ikev1_needs_write(&table[_i].traits, buf);
	ck_assert_str_eq(buf, table[_i].needs);
}
END_TEST

static const struct {
	bool local;
	const char *auth;
	ikev1_traits_t traits;
} rounds[] = {
	{ FALSE, "pubkey", { } },
	{ FALSE, "psk", { } },
	{ TRUE, "psk", { .psk = TRUE } },
	{ TRUE, "xauth", { .own_xauth = TRUE } },
	{ TRUE, "XAuth-Radius", { .own_xauth = TRUE } },
	{ FALSE, "xauth", { .xauth = TRUE } },
	{ FALSE, "xauth-pam", { .xauth = TRUE } },
	{ FALSE, "xauth-radius", { .xauth = TRUE, .radius = TRUE } },
	{ FALSE, "xauth-radius:x", { .xauth = TRUE, .radius = TRUE } },
	{ FALSE, "eap-radius", { } },
};

START_TEST(test_rounds)
{
	ikev1_traits_t traits = {};

	ikev1_traits_add(&traits, rounds[_i].local, rounds[_i].auth);
	ck_assert_mem_eq(&traits, &rounds[_i].traits, sizeof(traits));
}
END_TEST

SUITE(ikev1_needs)
{
	Suite *s = suite_create("ikev1_needs");
	TCase *tc;

	tc = tcase_create("needs");
	tcase_add_loop_test(tc, test_needs, 0, countof(table));
	suite_add_tcase(s, tc);

	tc = tcase_create("rounds");
	tcase_add_loop_test(tc, test_rounds, 0, countof(rounds));
	suite_add_tcase(s, tc);
	return s;
}
