/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <peer_log_pending.h>

/** room for any number of short lines */
#define PLENTY (1024 * 1024)

static peer_log_pending_t *pending;

/** what was written, as "message:rules " each */
static char written[1024];

static void setup()
{
	pending = peer_log_pending_create();
	pending->set_max(pending, PLENTY);
	written[0] = '\0';
}

static void teardown()
{
	pending->destroy(pending);
}

static void add(uint32_t unique_id, const char *message, uint64_t rules)
{
	peer_log_line_t line = {
		.unique_id = unique_id,
		.connection = "rw",
		.message = message,
	};

	pending->add(pending, &line, rules);
}

static void write_line(void *data, const peer_log_line_t *line, uint64_t rules)
{
	size_t len = strlen(written);

	snprintf(written + len, sizeof(written) - len, "%s:%d ", line->message,
			 (int)rules);
}

/**
 * Assert what is written when it becomes known of rules whether they apply.
 */
static void assert_settle(uint32_t unique_id, uint64_t yes, uint64_t no,
						  const char *expected)
{
	written[0] = '\0';
	pending->settle(pending, unique_id, yes, no, write_line, NULL);
	ck_assert_str_eq(written, expected);
}

static void assert_lost(u_int expected)
{
	u_int lost;

	pending->get_stats(pending, &lost);
	ck_assert_uint_eq(lost, expected);
}

static void assert_empty()
{
	u_int lost;

	ck_assert_uint_eq(pending->get_stats(pending, &lost), 0);
}

START_TEST(test_settle)
{
	add(1, "a", 1 | 2 | 4);
	add(2, "x", 1);
	add(1, "b", 1 | 4);
	assert_settle(3, 7, 0, "");
	assert_settle(1, 8, 16, "");
	assert_settle(1, 1, 0, "a:1 b:1 ");
	assert_settle(1, 1, 0, "");
	assert_settle(1, 0, 2, "");
	add(1, "c", 4);
	assert_settle(1, 4 | 2, 0, "a:4 b:4 c:4 ");
	assert_settle(2, 1 | 2, 0, "x:1 ");
	assert_empty();
	add(1, "d", 1 | 2);
	assert_settle(1, 1, 2, "d:1 ");
	assert_empty();
	add(1, "e", 1);
	pending->forget(pending, 1);
	assert_settle(1, 1, 0, "");
	assert_empty();
	/* what is left is freed */
	add(1, "f", 1);
}
END_TEST

START_TEST(test_matched)
{
	ck_assert(!pending->get_matched(pending, 1));
	pending->add_matched(pending, 1, 1);
	pending->add_matched(pending, 1, 4);
	ck_assert_int_eq(pending->get_matched(pending, 1), 5);
	/* lines come and go */
	add(1, "a", 2);
	assert_settle(1, 2, 0, "a:2 ");
	ck_assert_int_eq(pending->get_matched(pending, 1), 5);
	pending->inherit(pending, 1, 2);
	pending->inherit(pending, 3, 4);
	pending->forget(pending, 1);
	ck_assert(!pending->get_matched(pending, 1));
	ck_assert_int_eq(pending->get_matched(pending, 2), 5);
	ck_assert(!pending->get_matched(pending, 4));
}
END_TEST

START_TEST(test_renumber)
{
	int indices[] = { 1, -1, 63 }, none[64];

	pending->add_matched(pending, 1, 1 | 2);
	pending->add_matched(pending, 2, 2);
	add(1, "a", 2);
	add(1, "b", 1 | 2 | 4);
	add(2, "c", 2);
	pending->renumber(pending, indices, countof(indices));
	ck_assert(pending->get_matched(pending, 1) == 2);
	ck_assert(!pending->get_matched(pending, 2));
	assert_settle(2, ~0ULL, 0, "");
	assert_settle(1, 1, 0, "");
	assert_settle(1, 2, 0, "b:2 ");
	written[0] = '\0';
	pending->settle(pending, 1, 1ULL << 63, 0, write_line, NULL);
	ck_assert_str_eq(written, "b:0 ");
	add(1, "d", 2);
	memset(none, 0xff, sizeof(none));
	pending->renumber(pending, none, countof(none));
	assert_empty();
	ck_assert(!pending->get_matched(pending, 1));
}
END_TEST

/**
 * Add lines of an IKE_SA that take a bit more than a fifth of a buffer.
 */
static void fill(uint32_t unique_id, size_t max)
{
	char message[max / 20];
	int i;

	memset(message, 'x', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	for (i = 0; i < 4; i++)
	{
		add(unique_id, message, 1);
	}
}

START_TEST(test_bounded)
{
	size_t max = 64 * 1024, size;
	u_int lost;
	int i;

	pending->set_max(pending, max);
	add(1, "first", 1);
	for (i = 2; i < 1000; i++)
	{
		fill(i, max);
		size = pending->get_stats(pending, &lost);
		ck_assert_uint_le(size, max);
		ck_assert_uint_ge(lost, max(i - 5, 0));
	}
	/* of an IKE_SA whose lines were dropped, none is kept any more */
	add(1, "second", 1);
	assert_settle(1, 1, 0, "");
	/* the newest have theirs */
	add(1000, "new", 1);
	assert_settle(1000, 1, 0, "new:1 ");
	/* less room */
	pending->set_max(pending, 0);
	assert_empty();
}
END_TEST

START_TEST(test_oldest_first)
{
	int i;

	pending->set_max(pending, PLENTY);
	for (i = 1; i <= 3; i++)
	{
		add(i, "a", 1);
	}
	/* one that is settled isn't in the way */
	assert_settle(2, 1, 0, "a:1 ");
	fill(4, PLENTY);
	fill(5, PLENTY);
	fill(6, PLENTY);
	fill(7, PLENTY);
	assert_lost(0);
	fill(8, PLENTY);
	assert_lost(3);
	assert_settle(1, 1, 0, "");
	assert_settle(3, 1, 0, "");
	add(8, "b", 2);
	assert_settle(8, 2, 0, "b:2 ");
}
END_TEST

START_TEST(test_one_alone)
{
	size_t size;
	u_int lost;
	int i;

	/* is allowed a part */
	for (i = 0; i < 3 * PEER_LOG_PENDING_LINES; i++)
	{
		add(1, "a", 1);
	}
	fill(2, 2 * PLENTY);
	size = pending->get_stats(pending, &lost);
	ck_assert_uint_le(size, 2 * (PLENTY / PEER_LOG_PENDING_PART));
	ck_assert_uint_eq(lost, 0);
	add(3, "b", 1);
	assert_settle(3, 1, 0, "b:1 ");
}
END_TEST

SUITE(peer_log_pending)
{
	Suite *s = suite_create("peer_log_pending");
	TCase *tc;

	tc = tcase_create("pending");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_settle);
	tcase_add_test(tc, test_matched);
	tcase_add_test(tc, test_renumber);
	tcase_add_test(tc, test_bounded);
	tcase_add_test(tc, test_oldest_first);
	tcase_add_test(tc, test_one_alone);
	suite_add_tcase(s, tc);
	return s;
}
