/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "control_text.h"

#include <auth_policy_offer.h>

static auth_policy_stats_t stats = {
	.results = {
		[AUTH_POLICY_GOOD] = 1,
		[AUTH_POLICY_SKIPPED] = 2,
		[AUTH_POLICY_STALE] = 3,
		[AUTH_POLICY_FAILED] = 4,
		[AUTH_POLICY_ON_HOLD] = 5,
		[AUTH_POLICY_REVOKED] = 6,
		[AUTH_POLICY_UNCHECKED] = 7,
	},
	.verdicts = {
		[AUTH_POLICY_ACCEPT] = 8,
		[AUTH_POLICY_GRACE] = 9,
		[AUTH_POLICY_REFUSE] = 10,
	},
};

static void get_stats(auth_policy_enforcer_t *this, auth_policy_stats_t *out)
{
	*out = stats;
}

static auth_policy_enforcer_t enforcer = { .get_stats = get_stats };

static void get_blocks(auth_policy_blocks_t *this,
					   auth_policy_blocks_stats_t *out)
{
	*out = (auth_policy_blocks_stats_t){
		.blocks = 11,
		.packets = 12,
		.refused = 13,
	};
}

static void get_closed(auth_policy_sessions_t *this, uint64_t *blocked,
					   uint64_t *revoked)
{
	*blocked = 14;
	*revoked = 15;
}

static auth_policy_sessions_t sessions = { .get_closed = get_closed };

static array_t *get_failed(auth_policy_refresh_t *this)
{
	array_t *failed = array_create(0, 0);

	array_insert(failed, ARRAY_TAIL, strdup("CRL x isn't one"));
	return failed;
}

static auth_policy_refresh_t refresh = { .get_failed = get_failed };

static array_t *get_warnings(auth_policy_blocks_t *this)
{
	array_t *warnings = array_create(0, 0);

	array_insert(warnings, ARRAY_TAIL, strdup("/blocks:1: wrong"));
	return warnings;
}

static auth_policy_blocks_t blocks = {
	.sessions = &sessions,
	.get_stats = get_blocks,
	.get_warnings = get_warnings,
};

static array_t *get_lockouts(auth_policy_lockout_t *this)
{
	auth_policy_block_t *block;
	array_t *lockouts = array_create(0, 0);
	int i;

	for (i = 0; i < 6; i++)
	{
		block = auth_policy_block_create_lockout("a", NULL, "why");
		array_insert(lockouts, ARRAY_TAIL, block);
	}
	return lockouts;
}

static void get_lockout(auth_policy_lockout_t *this,
						auth_policy_lockout_stats_t *stats)
{
	*stats = (auth_policy_lockout_stats_t){
		.failed = 16,
		.begun = 17,
		.refused = 18,
		.packets = 19,
	};
}

static array_t *get_full(auth_policy_lockout_t *this)
{
	array_t *warnings = array_create(0, 0);

	array_insert(warnings, ARRAY_TAIL, strdup("lockout.x: full"));
	return warnings;
}

static auth_policy_lockout_t lockout = {
	.get_blocks = get_lockouts,
	.get_stats = get_lockout,
	.get_warnings = get_full,
};

static auth_policy_t auth_policy = {
	.lockout = &lockout,
	.blocks = &blocks,
	.refresh = &refresh,
	.enforcer = &enforcer,
};

START_TEST(test_offer)
{
	options_store_t *store;
	const char *text;

	lib->settings->set_str(lib->settings, "%s.plugins.auth-policy.revocation",
						   "strict", lib->ns);
	store = options_store_create(&auth_policy_schema);
	control_text_offer("auth-policy", &auth_policy_offer, store, &auth_policy);
	/* nobody checks, as there is no plugin revocation */
	ck_assert_str_eq(control_text_status("auth-policy"),
			"revocation=strict grace=0 rules=0 refused=10 blocks=11 "
			"lockouts=6 locked-out: 'id=a by=lockout note=why' "
			"'id=a by=lockout note=why' 'id=a by=lockout note=why' "
			"'id=a by=lockout note=why' 'id=a by=lockout note=why' "
			"'and 1 more, see list-blocks' ; warnings: "
			"'plugin revocation isn't loaded, so all certificates that need a "
			"known status are refused' '/blocks:1: wrong' 'lockout.x: full' "
			"'CRL x isn't one, so that sessions are judged by what is at "
			"hand' ; ");
	text = control_text_stats("auth-policy");
	ck_assert(strpfx(text, "accepted=8 by-grace=9 refused=10 results { "));
	ck_assert(strstr(text, " good=1 "));
	ck_assert(strstr(text, " no-uri=2 "));
	ck_assert(strstr(text, " stale=3 "));
	ck_assert(strstr(text, " not-available=4 "));
	ck_assert(strstr(text, " on-hold=5 "));
	ck_assert(strstr(text, " revoked=6 "));
	ck_assert(strstr(text, " unchecked=7 } "));
	ck_assert(strstr(text, "} blocked-packets=12 blocked-logins=13 "
					 "blocked-sessions=14 revoked-sessions=15 "
					 "failed-logins=16 lockouts-begun=17 "
					 "locked-out-logins=18 locked-out-packets=19 "));
	control_text_withdraw();
	store->destroy(store);
	lib->settings->set_str(lib->settings, "%s.plugins.auth-policy.revocation",
						   NULL, lib->ns);
}
END_TEST

SUITE(auth_policy_offer)
{
	Suite *s = suite_create("auth_policy: offer");
	TCase *tc;

	tc = tcase_create("offer");
	tcase_add_test(tc, test_offer);
	suite_add_tcase(s, tc);

	return s;
}
