/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <accounting_reason.h>

/**
 * Get reason and plugin.
 */
static const char *by(ike_sa_why_t why, const char *reason, const char **is)
{
	*is = reason;
	return accounting_reason(why, is);
}

START_TEST(test_reason)
{
	const char *reason;

	ck_assert_str_eq(by(IKE_SA_WHY_PCSC_TOKEN, "local", &reason), "pcsc-token");
	ck_assert_str_eq(reason, "card");
	ck_assert(!by(IKE_SA_WHY_OPERATOR, "local", &reason));
	ck_assert_str_eq(reason, "operator");
	ck_assert(!by(IKE_SA_WHY_UNKNOWN, "local", &reason));
	ck_assert_str_eq(reason, "local");
	/* the peer was faster; a plugin that is newer */
	ck_assert(!by(IKE_SA_WHY_OPERATOR, "peer", &reason));
	ck_assert_str_eq(reason, "peer");
	ck_assert(!by(1000, "local", &reason));
	ck_assert_str_eq(reason, "local");
}
END_TEST

START_TEST(test_kept)
{
	/* nobody listens */
	ike_sa_why_say(1, IKE_SA_WHY_OPERATOR);
	ck_assert_int_eq(ike_sa_why_get(1), IKE_SA_WHY_UNKNOWN);
	ike_sa_why_enter();
	ck_assert_int_eq(ike_sa_why_get(1), IKE_SA_WHY_UNKNOWN);
	ike_sa_why_say(1, IKE_SA_WHY_OPERATOR);
	ike_sa_why_say(UINT32_MAX, IKE_SA_WHY_PCSC_TOKEN);
	ck_assert_int_eq(ike_sa_why_get(1), IKE_SA_WHY_OPERATOR);
	ck_assert_int_eq(ike_sa_why_get(UINT32_MAX), IKE_SA_WHY_PCSC_TOKEN);
	/* of another one */
	ck_assert_int_eq(ike_sa_why_get(65537), IKE_SA_WHY_UNKNOWN);
	ike_sa_why_say(65537, IKE_SA_WHY_BLOCK);
	ck_assert_int_eq(ike_sa_why_get(1), IKE_SA_WHY_UNKNOWN);
	ike_sa_why_leave();
	ck_assert_int_eq(ike_sa_why_get(65537), IKE_SA_WHY_UNKNOWN);
}
END_TEST

SUITE(accounting_reason)
{
	Suite *s;
	TCase *tc;

	s = suite_create("accounting_reason");
	tc = tcase_create("reason");
	tcase_add_test(tc, test_reason);
	tcase_add_test(tc, test_kept);
	suite_add_tcase(s, tc);
	return s;
}
