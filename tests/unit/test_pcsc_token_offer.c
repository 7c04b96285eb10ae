/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "control_text.h"

#include <pcsc_token_events.h>
#include <pcsc_token_offer.h>
#include <pcsc_token_pcscd.h>

static bool up;

static bool list(pcsc_token_manager_t *this, pcsc_token_list_t cb, void *data)
{
	cb(data, "R", "alice", "loaded");
	cb(data, "R", "bob", "loaded");
	cb(data, "S", NULL, "unused");
	cb(data, "T", NULL, "empty");
	return up;
}

static pcsc_token_manager_t manager = { .list = list };

START_TEST(test_offer)
{
	char away[256];

	control_text_offer("pcsc-token", &pcsc_token_offer, NULL, &manager);
	up = TRUE;
	ck_assert_str_eq(control_text_status("pcsc-token"),
					 "pcscd=up keys=2 unused-cards=1 ");
	up = FALSE;
	snprintf(away, sizeof(away), "pcscd=away keys=2 unused-cards=1 "
			 "warnings: 'no pcscd at %s' ; ", pcsc_token_pcscd_path());
	ck_assert_str_eq(control_text_status("pcsc-token"), away);
	ck_assert_str_eq(control_text_run("list-tokens"),
					 "reader=R token=alice state=loaded ; "
					 "reader=R token=bob state=loaded ; "
					 "reader=S state=unused ; reader=T state=empty ; ");
	control_text_withdraw();
}
END_TEST

START_TEST(test_event)
{
	control_text_offer("pcsc-token", &pcsc_token_offer, NULL, &manager);
	pcsc_token_tell("removed", "R", NULL);
	ck_assert_str_eq(control_text_events(), "");
	offer_listen(TRUE);
	pcsc_token_tell("loaded", "R", "alice");
	pcsc_token_tell("pcscd-lost", NULL, NULL);
	ck_assert_str_eq(control_text_events(),
					 "token: type=loaded reader=R token=alice ; "
					 "token: type=pcscd-lost ; ");
	offer_listen(FALSE);
	control_text_withdraw();
}
END_TEST

SUITE(pcsc_token_offer)
{
	Suite *s = suite_create("pcsc_token: offer");
	TCase *tc;

	tc = tcase_create("offer");
	tcase_add_test(tc, test_offer);
	tcase_add_test(tc, test_event);
	suite_add_tcase(s, tc);
	return s;
}
