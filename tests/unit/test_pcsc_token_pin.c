/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <pcsc_token_pin.h>

/** what the card has as its PIN, and how many tries were made */
static const char *right;
static u_int tries;

/**
 * Implementation of pcsc_token_process_t.request.
 */
static pcsc_token_message_type_t try(pcsc_token_process_t *this,
									 pcsc_token_message_t *message,
									 uint32_t timeout, char reason[BUF_LEN])
{
	const uint8_t *pin;
	size_t len = 0;

	ck_assert_int_eq(pcsc_token_message_type(message), PCSC_TOKEN_LOGIN);
	tries++;
	if (!right)
	{
		return PCSC_TOKEN_PIN_LOCKED;
	}
	/* none at all without a PIN, which isn't an empty one */
	ck_assert_int_eq(pcsc_token_message_next(message, &pin, &len), len > 0);
	if (len == strlen(right) && (!len || memeq(pin, right, len)))
	{
		return PCSC_TOKEN_OK;
	}
	return PCSC_TOKEN_PIN_WRONG;
}

static pcsc_token_process_t card = {
	.request = try,
};

/**
 * Log in with a PIN.
 */
static pcsc_token_login_t login(char *pin, bool reloaded, chunk_t *refused)
{
	char *text = pin ?: "";
	/* hidden by nothing */
	pcsc_token_t token = {
		.hidden = chunk_from_str(text),
		.pad = chunk_alloca(strlen(text)),
	};
	char reason[BUF_LEN] = "";
	pcsc_token_login_t result;

	memset(token.pad.ptr, 0, token.pad.len);
	result = pcsc_token_pin_login(&token, &card, reloaded, refused, reason);
	ck_assert_int_eq(result == PCSC_TOKEN_LOGGED_IN, !*reason);
	/* it isn't to be seen in the log */
	ck_assert(!pin || !strstr(reason, pin));
	return result;
}

static void setup(void)
{
	right = "1234";
	tries = 0;
}

START_TEST(test_right)
{
	chunk_t refused = chunk_empty;

	ck_assert_int_eq(login("1234", FALSE, &refused), PCSC_TOKEN_LOGGED_IN);
	ck_assert_uint_eq(refused.len, 0);
	right = "";
	ck_assert_int_eq(login(NULL, FALSE, &refused), PCSC_TOKEN_LOGGED_IN);
}
END_TEST

/**
 * One try, and another one only for another PIN after a reload.
 */
START_TEST(test_wrong)
{
	chunk_t refused = chunk_empty;

	ck_assert_int_eq(login("1111", FALSE, &refused), PCSC_TOKEN_REFUSED);
	ck_assert_int_eq(login("1111", FALSE, &refused), PCSC_TOKEN_NO_PIN);
	ck_assert_int_eq(login("1111", TRUE, &refused), PCSC_TOKEN_NO_PIN);
	ck_assert_int_eq(login("1234", FALSE, &refused), PCSC_TOKEN_NO_PIN);
	ck_assert_uint_eq(tries, 1);
	ck_assert_int_eq(login("2222", TRUE, &refused), PCSC_TOKEN_REFUSED);
	ck_assert_uint_eq(tries, 2);
	ck_assert_int_eq(login("2222", TRUE, &refused), PCSC_TOKEN_NO_PIN);
	ck_assert_int_eq(login("1234", TRUE, &refused), PCSC_TOKEN_LOGGED_IN);
	ck_assert_uint_eq(tries, 3);
	chunk_clear(&refused);
}
END_TEST

START_TEST(test_blocked)
{
	chunk_t refused = chunk_empty;

	right = NULL;
	ck_assert_int_eq(login("1234", FALSE, &refused), PCSC_TOKEN_BLOCKED);
	ck_assert_uint_eq(refused.len, 0);
}
END_TEST

/**
 * A file that mustn't be read is no reason to try without a PIN.
 */
START_TEST(test_file)
{
	pcsc_token_t token = { .pin_file = "/nowhere" };
	chunk_t refused = chunk_empty;
	char reason[BUF_LEN];

	ck_assert_int_eq(pcsc_token_pin_login(&token, &card, FALSE, &refused,
										  reason), PCSC_TOKEN_NO_PIN);
	ck_assert(strpfx(reason, "pin_file = \"/nowhere\": "));
	ck_assert_uint_eq(tries, 0);
}
END_TEST

SUITE(pcsc_token_pin)
{
	Suite *s = suite_create("pcsc-token PIN");
	TCase *tc = tcase_create("login");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_right);
	tcase_add_test(tc, test_wrong);
	tcase_add_test(tc, test_blocked);
	tcase_add_test(tc, test_file);
	suite_add_tcase(s, tc);

	return s;
}
