/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <peer_log_line.h>

#include <time.h>

static peer_log_line_t create_line(uint32_t unique_id, const char *message)
{
	return (peer_log_line_t){
		.group = DBG_IKE,
		.level = 2,
		.thread = 7,
		.time = { .tv_sec = 1700000000, .tv_usec = 42999 },
		.unique_id = unique_id,
		.connection = "rw",
		.message = message,
	};
}

static void assert_printed(peer_log_line_t line, const char *expected)
{
	char *text = peer_log_line_print(&line);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(test_print)
{
	peer_log_line_t line = create_line(3, "hello");

	setenv("TZ", "UTC", TRUE);
	tzset();
	assert_printed(line, "2023-11-14T22:13:20.042 07[IKE2] <rw|3> hello\n");
	line.connection = NULL;
	assert_printed(line, "2023-11-14T22:13:20.042 07[IKE2] <3> hello\n");
}
END_TEST

START_TEST(test_print_lines)
{
	assert_printed(create_line(3, "a\n  b"),
				   "2023-11-14T22:13:20.042 07[IKE2] <rw|3> a\n"
				   "2023-11-14T22:13:20.042 07[IKE2] <rw|3>   b\n");
	assert_printed(create_line(3, ""),
				   "2023-11-14T22:13:20.042 07[IKE2] <rw|3> \n");
}
END_TEST

START_TEST(test_print_control)
{
	assert_printed(create_line(3, "a\033[2J\rb\x7f\tc"),
				   "2023-11-14T22:13:20.042 07[IKE2] <rw|3> a?[2J?b?\tc\n");
	/* CSI as a byte, and in UTF-8 */
	assert_printed(create_line(3, "a\x9b" "2Jb\xc2\x9b" "2J\xc3\xa9"),
				   "2023-11-14T22:13:20.042 07[IKE2] <rw|3> a?2Jb??2J"
				   "\xc3\xa9\n");
}
END_TEST

START_TEST(test_journal)
{
	peer_log_line_t line = create_line(3, "a\nb\033");
	chunk_t datagram = peer_log_line_print_journal(&line, "vip");
	/* a value may have line feeds, so its length is what counts */
	chunk_t message = chunk_from_chars('M', 'E', 'S', 'S', 'A', 'G', 'E', '\n',
						4, 0, 0, 0, 0, 0, 0, 0, 'a', '\n', 'b', '?', '\n');
	chunk_t rule = chunk_from_chars('P', 'E', 'E', 'R', '_', 'L', 'O', 'G', '_',
						'R', 'U', 'L', 'E', '\n', 3, 0, 0, 0, 0, 0, 0, 0,
						'v', 'i', 'p', '\n');

	ck_assert(memmem(datagram.ptr, datagram.len, message.ptr, message.len));
	ck_assert(memmem(datagram.ptr, datagram.len, rule.ptr, rule.len));
	ck_assert(memmem(datagram.ptr, datagram.len, "IKE_SA_UNIQUE_ID\n", 17));
	ck_assert(memmem(datagram.ptr, datagram.len, "IKE_SA_NAME\n", 12));
	chunk_free(&datagram);
}
END_TEST

SUITE(peer_log_line)
{
	Suite *s = suite_create("peer_log_line");
	TCase *tc;

	tc = tcase_create("print");
	tcase_add_test(tc, test_print);
	tcase_add_test(tc, test_print_lines);
	tcase_add_test(tc, test_print_control);
	tcase_add_test(tc, test_journal);
	suite_add_tcase(s, tc);
	return s;
}
