/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <control_frame.h>

/**
 * Feed a stream in pieces, and check that its messages come out.
 */
static void feed(const char *stream, size_t len, size_t step,
				 const char *expected)
{
	control_frame_t frame = {};
	char out[64] = "";
	chunk_t in, message;
	size_t pos;

	for (pos = 0; pos < len; pos += step)
	{
		in = chunk_create((u_char*)stream + pos, min(step, len - pos));
		while (in.len &&
			   control_frame_feed(&frame, &in, &message) == SUCCESS)
		{
			if (message.len)
			{
				strncat(out, (char*)message.ptr, message.len);
			}
			strcat(out, "|");
			free(message.ptr);
		}
		ck_assert_int_eq(in.len, 0);
	}
	ck_assert_str_eq(out, expected);
	control_frame_clear(&frame);
}

START_TEST(test_messages)
{
	static const char stream[] = "\0\0\0\3abc\0\0\0\0\0\0\0\1d\0\0\0\2e";
	size_t step;

	for (step = 1; step < sizeof(stream); step++)
	{
		feed(stream, sizeof(stream) - 1, step, "abc||d|");
	}
}
END_TEST

START_TEST(test_partial)
{
	control_frame_t frame = {};
	chunk_t in = chunk_from_chars(0, 0, 0), message;

	ck_assert(!control_frame_partial(&frame));
	ck_assert_int_eq(control_frame_feed(&frame, &in, &message), NEED_MORE);
	ck_assert(control_frame_partial(&frame));
	ck_assert_uint_eq(control_frame_length(&frame), 0);
	in = chunk_from_chars(7, 'a');
	ck_assert_int_eq(control_frame_feed(&frame, &in, &message), NEED_MORE);
	ck_assert_uint_eq(control_frame_length(&frame), 7);
	/* memory is taken for what has arrived, not for what is announced */
	ck_assert_uint_eq(frame.data.len, 1);
	control_frame_clear(&frame);
	ck_assert(!control_frame_partial(&frame));
}
END_TEST

START_TEST(test_length)
{
	control_frame_t frame = {};
	chunk_t in, message;

	in = chunk_from_chars(0x00, 0x08, 0x00, 0x00);
	ck_assert_int_eq(control_frame_feed(&frame, &in, &message), NEED_MORE);
	control_frame_clear(&frame);
	in = chunk_from_chars(0x00, 0x08, 0x00, 0x01);
	ck_assert_int_eq(control_frame_feed(&frame, &in, &message), FAILED);
	control_frame_clear(&frame);
	in = chunk_from_chars(0xff, 0xff, 0xff, 0xff);
	ck_assert_int_eq(control_frame_feed(&frame, &in, &message), FAILED);
	ck_assert_uint_eq(control_frame_length(&frame), UINT32_MAX);
	control_frame_clear(&frame);
}
END_TEST

SUITE(control_frame)
{
	Suite *s;
	TCase *tc;

	s = suite_create("control_frame");

	tc = tcase_create("frame");
	tcase_add_test(tc, test_messages);
	tcase_add_test(tc, test_partial);
	tcase_add_test(tc, test_length);
	suite_add_tcase(s, tc);

	return s;
}
