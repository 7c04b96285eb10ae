/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <pcsc_token_process.h>
#include <pcsc_token_message.h>

#include <sys/socket.h>
#include <unistd.h>

START_TEST(test_fields)
{
	pcsc_token_message_t message;
	const uint8_t *data;
	uint32_t number;
	char buf[4];
	size_t len;

	pcsc_token_message_begin(&message, PCSC_TOKEN_SIGN);
	ck_assert(pcsc_token_message_add_number(&message, 0x12345678));
	ck_assert(pcsc_token_message_add(&message, "abc", 3));
	ck_assert(pcsc_token_message_add(&message, NULL, 0));
	ck_assert_int_eq(pcsc_token_message_type(&message), PCSC_TOKEN_SIGN);
	ck_assert(pcsc_token_message_next_number(&message, &number));
	ck_assert_uint_eq(number, 0x12345678);
	ck_assert(pcsc_token_message_next_text(&message, buf, sizeof(buf)));
	ck_assert_str_eq(buf, "abc");
	ck_assert(pcsc_token_message_next(&message, &data, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert(!pcsc_token_message_next(&message, &data, &len));
}
END_TEST

START_TEST(test_full)
{
	static const uint8_t zeros[PCSC_TOKEN_MESSAGE_MAX];
	pcsc_token_message_t message;

	/* type and length take three bytes */
	pcsc_token_message_begin(&message, PCSC_TOKEN_OK);
	ck_assert(!pcsc_token_message_add(&message, zeros, sizeof(zeros) - 2));
	ck_assert(pcsc_token_message_add(&message, zeros, sizeof(zeros) - 3));
	ck_assert(!pcsc_token_message_add(&message, NULL, 0));
}
END_TEST

START_TEST(test_wrong_fields)
{
	pcsc_token_message_t message;
	uint32_t number;
	char buf[3];

	pcsc_token_message_begin(&message, PCSC_TOKEN_OK);
	pcsc_token_message_add(&message, "abc", 3);
	pcsc_token_message_add(&message, "a\0", 2);
	ck_assert(!pcsc_token_message_next_number(&message, &number));
	message.pos = 1;
	/* too long */
	ck_assert(!pcsc_token_message_next_text(&message, buf, sizeof(buf)));
	/* has a NUL */
	ck_assert(!pcsc_token_message_next_text(&message, buf, sizeof(buf)));
}
END_TEST

START_TEST(test_cut_off)
{
	pcsc_token_message_t message, cut;
	const uint8_t *data;
	size_t len, i;

	pcsc_token_message_begin(&message, PCSC_TOKEN_OK);
	pcsc_token_message_add(&message, "abc", 3);
	for (i = 0; i < message.len; i++)
	{
		cut = message;
		cut.len = i;
		cut.pos = i ? 1 : 0;
		ck_assert(!pcsc_token_message_next(&cut, &data, &len));
		ck_assert_int_eq(pcsc_token_message_type(&cut),
						 i ? PCSC_TOKEN_OK : 0);
	}
}
END_TEST

START_TEST(test_transfer)
{
	pcsc_token_message_t message, received;
	char buf[8];
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	pcsc_token_message_begin(&message, PCSC_TOKEN_OK);
	pcsc_token_message_add(&message, "one", 3);
	ck_assert(pcsc_token_message_send(&message, fds[0]));
	pcsc_token_message_begin(&message, PCSC_TOKEN_FAILED);
	ck_assert(pcsc_token_message_send(&message, fds[0]));
	close(fds[0]);
	ck_assert(pcsc_token_message_receive(&received, fds[1]));
	ck_assert_int_eq(pcsc_token_message_type(&received), PCSC_TOKEN_OK);
	ck_assert(pcsc_token_message_next_text(&received, buf, sizeof(buf)));
	ck_assert_str_eq(buf, "one");
	ck_assert(pcsc_token_message_receive(&received, fds[1]));
	ck_assert_int_eq(pcsc_token_message_type(&received), PCSC_TOKEN_FAILED);
	ck_assert(!pcsc_token_message_receive(&received, fds[1]));
	/* a closed socket must not kill us */
	ck_assert(!pcsc_token_message_send(&message, fds[1]));
	close(fds[1]);
}
END_TEST

START_TEST(test_wipe)
{
	pcsc_token_message_t message;
	size_t i;

	pcsc_token_message_begin(&message, PCSC_TOKEN_LOGIN);
	pcsc_token_message_add(&message, "4711", 4);
	pcsc_token_message_wipe(&message);
	for (i = 0; i < 7; i++)
	{
		ck_assert_int_eq(message.data[i], 0);
	}
}
END_TEST

/** what a helper says, and what of it may be logged */
static struct {
	const char *said;
	const char *logged;
} reasons[] = {
	{ "C_Sign: error 0x5", "C_Sign: error 0x5" },
	{ "a\x1b]0;x\x07\nb\xff", "a\\x1b]0;x\\x07\\x0ab\\xff" },
	{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" },
	{ NULL, "the helper failed" },
};

START_TEST(test_reason)
{
	pcsc_token_message_t message;
	char buf[BUF_LEN];

	pcsc_token_message_begin(&message, PCSC_TOKEN_FAILED);
	if (reasons[_i].said)
	{
		pcsc_token_message_add(&message, reasons[_i].said,
							   strlen(reasons[_i].said));
	}
	ck_assert_str_eq(pcsc_token_reason(&message, buf, "the helper failed"),
					 reasons[_i].logged);
}
END_TEST

START_TEST(test_reason_cut)
{
	pcsc_token_message_t message;
	char buf[BUF_LEN], said[BUF_LEN - 1];

	memset(said, '\x01', sizeof(said));
	pcsc_token_message_begin(&message, PCSC_TOKEN_FAILED);
	pcsc_token_message_add(&message, said, sizeof(said));
	pcsc_token_reason(&message, buf, "");
	ck_assert_uint_eq(strlen(buf), sizeof(buf) - 1);
	ck_assert(strpfx(buf, "\\x01\\x01"));
}
END_TEST

SUITE(pcsc_token_message)
{
	Suite *s = suite_create("pcsc_token_message");
	TCase *tc;

	tc = tcase_create("message");
	tcase_add_test(tc, test_fields);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_wrong_fields);
	tcase_add_test(tc, test_cut_off);
	tcase_add_test(tc, test_transfer);
	tcase_add_test(tc, test_wipe);
	tcase_add_loop_test(tc, test_reason, 0, countof(reasons));
	tcase_add_test(tc, test_reason_cut);
	suite_add_tcase(s, tc);
	return s;
}
