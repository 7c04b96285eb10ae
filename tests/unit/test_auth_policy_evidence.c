/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <auth_policy_evidence.h>

typedef struct fake_t fake_t;

/**
 * A certificate that only has references.
 */
struct fake_t {
	certificate_t public;
	u_int refs;
};

METHOD(certificate_t, get_ref, certificate_t*,
	fake_t *this)
{
	this->refs++;
	return &this->public;
}

METHOD(certificate_t, destroy, void,
	fake_t *this)
{
	this->refs--;
}

METHOD(certificate_t, equals, bool,
	fake_t *this, certificate_t *other)
{
	return &this->public == other;
}

static fake_t fakes[AUTH_POLICY_CHECKS_MAX + 1];

static void setup()
{
	int i;

	for (i = 0; i < countof(fakes); i++)
	{
		fakes[i] = (fake_t){
			.public = {
				.get_ref = _get_ref,
				.equals = _equals,
				.destroy = _destroy,
			},
		};
	}
}

/**
 * All certificates were released in the end.
 */
static void teardown()
{
	int i;

	for (i = 0; i < countof(fakes); i++)
	{
		ck_assert_uint_eq(fakes[i].refs, 0);
	}
}

static auth_policy_check_t *create_check(int i, auth_policy_result_t result)
{
	auth_policy_check_t *check;

	INIT(check,
		.cert = fakes[i].public.get_ref(&fakes[i].public),
		.status.result = result,
	);
	return check;
}

/**
 * Assert that the check of a certificate has a result, or that there is none.
 */
static void assert_check(auth_policy_evidence_t *evidence, uint32_t unique_id,
						 int i, int result)
{
	auth_policy_check_t *check;
	array_t *checks = evidence->take_checks(evidence, unique_id);

	check = auth_policy_checks_find(checks, &fakes[i].public);
	ck_assert((check != NULL) == (result >= 0));
	if (check)
	{
		ck_assert_int_eq(check->status.result, result);
	}
	evidence->put_checks(evidence, unique_id, checks);
}

START_TEST(test_checks)
{
	auth_policy_evidence_t *evidence = auth_policy_evidence_create();

	assert_check(evidence, 1, 0, -1);
	evidence->add_check(evidence, 1, create_check(0, AUTH_POLICY_GOOD));
	evidence->add_check(evidence, 1, create_check(1, AUTH_POLICY_STALE));
	evidence->add_check(evidence, 2, create_check(0, AUTH_POLICY_FAILED));
	/* of another IKE_SA, and another certificate */
	assert_check(evidence, 3, 0, -1);
	assert_check(evidence, 2, 1, -1);
	assert_check(evidence, 1, 0, AUTH_POLICY_GOOD);
	assert_check(evidence, 1, 1, AUTH_POLICY_STALE);
	/* the last one counts */
	evidence->add_check(evidence, 1, create_check(1, AUTH_POLICY_SKIPPED));
	assert_check(evidence, 1, 1, AUTH_POLICY_SKIPPED);
	assert_check(evidence, 1, 0, AUTH_POLICY_GOOD);
	evidence->forget(evidence, 2);
	assert_check(evidence, 2, 0, -1);
	evidence->forget(evidence, 2);
	/* what is left is freed */
	evidence->add_check(evidence, 4, create_check(2, AUTH_POLICY_GOOD));
	evidence->destroy(evidence);
}
END_TEST

START_TEST(test_take_checks)
{
	auth_policy_evidence_t *evidence = auth_policy_evidence_create();
	array_t *checks;

	ck_assert(!evidence->take_checks(evidence, 1));
	evidence->put_checks(evidence, 1, NULL);
	evidence->add_check(evidence, 1, create_check(0, AUTH_POLICY_GOOD));
	evidence->add_check(evidence, 1, create_check(1, AUTH_POLICY_GOOD));
	checks = evidence->take_checks(evidence, 1);
	ck_assert_int_eq(array_count(checks), 2);
	assert_check(evidence, 1, 0, -1);
	/* what came meanwhile stays */
	evidence->add_check(evidence, 1, create_check(2, AUTH_POLICY_STALE));
	evidence->put_checks(evidence, 1, checks);
	assert_check(evidence, 1, 1, AUTH_POLICY_GOOD);
	assert_check(evidence, 1, 2, AUTH_POLICY_STALE);
	auth_policy_checks_destroy(evidence->take_checks(evidence, 1));
	evidence->destroy(evidence);
}
END_TEST

START_TEST(test_checks_bounded)
{
	auth_policy_evidence_t *evidence = auth_policy_evidence_create();
	int i;

	for (i = 0; i < countof(fakes); i++)
	{
		evidence->add_check(evidence, 1, create_check(i, AUTH_POLICY_GOOD));
	}
	assert_check(evidence, 1, 0, -1);
	assert_check(evidence, 1, 1, AUTH_POLICY_GOOD);
	evidence->destroy(evidence);
}
END_TEST

START_TEST(test_crls)
{
	auth_policy_evidence_t *evidence = auth_policy_evidence_create();
	certificate_t *crl;
	array_t *crls;
	int i;

	ck_assert(!evidence->take_crls(evidence, 1));
	for (i = 0; i <= AUTH_POLICY_CRLS_MAX; i++)
	{
		evidence->add_crl(evidence, 1, &fakes[i].public);
	}
	crls = evidence->take_crls(evidence, 1);
	/* the first one had to go */
	ck_assert_int_eq(array_count(crls), AUTH_POLICY_CRLS_MAX);
	ck_assert(array_get(crls, 0, &crl));
	ck_assert(crl == &fakes[1].public);
	auth_policy_crls_destroy(crls);
	ck_assert(!evidence->take_crls(evidence, 1));
	evidence->add_crl(evidence, 2, &fakes[0].public);
	evidence->forget(evidence, 2);
	evidence->add_crl(evidence, 3, &fakes[0].public);
	evidence->destroy(evidence);
}
END_TEST

SUITE(auth_policy_evidence)
{
	Suite *s = suite_create("auth_policy_evidence");
	TCase *tc;

	tc = tcase_create("evidence");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_checks);
	tcase_add_test(tc, test_take_checks);
	tcase_add_test(tc, test_checks_bounded);
	tcase_add_test(tc, test_crls);
	suite_add_tcase(s, tc);
	return s;
}
