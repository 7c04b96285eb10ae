/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <auth_policy_verdict.h>
#include <credentials/certificates/crl.h>

/** what the time is */
#define NOW 1000000

/** results, with an URI or not, and the verdict of each kind of terms */
static struct {
	auth_policy_result_t result;
	bool uri;
	auth_policy_verdict_t relaxed;
	auth_policy_verdict_t ifuri;
	auth_policy_verdict_t strict;
} results[] = {
	{ AUTH_POLICY_GOOD, TRUE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_ACCEPT, AUTH_POLICY_ACCEPT },
	{ AUTH_POLICY_GOOD, FALSE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_ACCEPT, AUTH_POLICY_ACCEPT },
	{ AUTH_POLICY_SKIPPED, FALSE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_ACCEPT, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_STALE, TRUE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_STALE, FALSE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_FAILED, TRUE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_UNCHECKED, TRUE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_UNCHECKED, FALSE,
	  AUTH_POLICY_ACCEPT, AUTH_POLICY_ACCEPT, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_ON_HOLD, TRUE,
	  AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE },
	{ AUTH_POLICY_REVOKED, TRUE,
	  AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE, AUTH_POLICY_REFUSE },
};

static void assert_verdict(auth_policy_status_t *status,
						   auth_policy_revocation_t revocation, uint32_t grace,
						   auth_policy_verdict_t expected)
{
	auth_policy_terms_t terms = {
		.revocation = revocation,
		.grace = grace,
	};

	ck_assert_int_eq(auth_policy_judge(status, &terms, NOW), expected);
}

START_TEST(test_judge)
{
	auth_policy_status_t status = {
		.result = results[_i].result,
		.uri = results[_i].uri,
	};
	uint32_t grace;

	/* nothing is good by grace without a CRL */
	for (grace = 0; grace <= NOW; grace += NOW)
	{
		assert_verdict(&status, AUTH_POLICY_RELAXED, grace,
					   results[_i].relaxed);
		assert_verdict(&status, AUTH_POLICY_IFURI, grace, results[_i].ifuri);
		assert_verdict(&status, AUTH_POLICY_STRICT, grace, results[_i].strict);
	}
}
END_TEST

/** a stale CRL, the grace, and whether it is good by it */
static struct {
	time_t this_update;
	time_t next_update;
	bool listed;
	uint32_t grace;
	bool good;
} graces[] = {
	{ NOW - 100, NOW - 10, FALSE, 0, FALSE },
	{ NOW - 100, NOW - 10, FALSE, 9, FALSE },
	{ NOW - 100, NOW - 10, FALSE, 10, TRUE },
	{ NOW - 100, NOW - 10, FALSE, UINT32_MAX, TRUE },
	{ NOW - 100, NOW, FALSE, 1, TRUE },
	{ NOW - 100, NOW, FALSE, 0, FALSE },
	/* lists the certificate */
	{ NOW - 100, NOW - 10, TRUE, 10, FALSE },
	/* not valid yet */
	{ NOW + 1, NOW - 10, FALSE, 10, FALSE },
	{ NOW, NOW - 10, FALSE, 10, TRUE },
};

START_TEST(test_grace)
{
	auth_policy_verdict_t expected;
	auth_policy_status_t status = {
		.result = AUTH_POLICY_STALE,
		.uri = TRUE,
		.crl = TRUE,
		.listed = graces[_i].listed,
		.this_update = graces[_i].this_update,
		.next_update = graces[_i].next_update,
	};

	expected = graces[_i].good ? AUTH_POLICY_GRACE : AUTH_POLICY_REFUSE;
	assert_verdict(&status, AUTH_POLICY_STRICT, graces[_i].grace, expected);
	assert_verdict(&status, AUTH_POLICY_IFURI, graces[_i].grace, expected);
	assert_verdict(&status, AUTH_POLICY_RELAXED, graces[_i].grace,
				   AUTH_POLICY_ACCEPT);
	/* there are others that expired, but the status is good or not to be had */
	status.result = AUTH_POLICY_GOOD;
	assert_verdict(&status, AUTH_POLICY_STRICT, graces[_i].grace,
				   AUTH_POLICY_ACCEPT);
	status.result = AUTH_POLICY_FAILED;
	assert_verdict(&status, AUTH_POLICY_STRICT, graces[_i].grace,
				   AUTH_POLICY_REFUSE);
}
END_TEST

/** dates of a CRL, and how they are logged */
#define CRL_DATES .this_update = 86400, .next_update = 2 * 86400
#define CRL_TEXT "the CRL of Jan 02 00:00:00 UTC 1970"
#define UNTIL_TEXT "Jan 03 00:00:00 UTC 1970"

static struct {
	auth_policy_status_t status;
	char *text;
} texts[] = {
	{ { .result = AUTH_POLICY_SKIPPED },
	  "there is neither a CRL nor an URI" },
	{ { .result = AUTH_POLICY_STALE },
	  "a delta CRL or an OCSP response has expired" },
	{ { .result = AUTH_POLICY_STALE, .crl = TRUE, CRL_DATES },
	  CRL_TEXT " expired " UNTIL_TEXT },
	{ { .result = AUTH_POLICY_FAILED },
	  "there is no CRL or OCSP response" },
	{ { .result = AUTH_POLICY_FAILED, .bad_signature = TRUE },
	  "there is no CRL or OCSP response but a CRL that the issuer didn't "
	  "sign" },
	{ { .result = AUTH_POLICY_FAILED, .crl = TRUE, CRL_DATES },
	  "there is no CRL or OCSP response but " CRL_TEXT ", which isn't valid "
	  "yet or has no key identifier" },
	{ { .result = AUTH_POLICY_REVOKED },
	  "it is revoked, by OCSP" },
	{ { .result = AUTH_POLICY_REVOKED, .crl = TRUE },
	  "it is revoked, by OCSP" },
	{ { .result = AUTH_POLICY_ON_HOLD, .crl = TRUE, .listed = TRUE, CRL_DATES,
		.reason = CRL_REASON_CERTIFICATE_HOLD, .revocation = 1 },
	  "it is revoked since Jan 01 00:00:01 UTC 1970 (certificate hold), by "
	  CRL_TEXT ", valid until " UNTIL_TEXT },
	{ { .result = AUTH_POLICY_UNCHECKED },
	  "nobody checked it: its issuer isn't known, or plugin revocation isn't "
	  "loaded or has enable_crl or enable_ocsp off" },
	{ { .result = AUTH_POLICY_UNCHECKED, .crl = TRUE, CRL_DATES },
	  "nobody looked at " CRL_TEXT ": it has no key identifier, or plugin "
	  "revocation isn't loaded or has enable_crl off" },
};

START_TEST(test_explain)
{
	char buf[256];

	auth_policy_explain(&texts[_i].status, buf, sizeof(buf));
	ck_assert_str_eq(buf, texts[_i].text);
}
END_TEST

SUITE(auth_policy_verdict)
{
	Suite *s = suite_create("auth_policy_verdict");
	TCase *tc;

	tc = tcase_create("judge");
	tcase_add_loop_test(tc, test_judge, 0, countof(results));
	tcase_add_loop_test(tc, test_grace, 0, countof(graces));
	suite_add_tcase(s, tc);

	tc = tcase_create("explain");
	tcase_add_loop_test(tc, test_explain, 0, countof(texts));
	suite_add_tcase(s, tc);
	return s;
}
