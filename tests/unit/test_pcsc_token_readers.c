/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <pcsc_token_readers.h>

static pcsc_token_readers_t *readers;

/** what the cards of the tests answer to reset */
#define ATR_A 'a'
#define ATR_B 'b'

static void setup(void)
{
	readers = pcsc_token_readers_create();
}

static void teardown(void)
{
	readers->destroy(readers);
}

/**
 * State of a reader with a card, whose ATR is one byte, or without (0).
 */
static pcsc_token_reader_t state(const char *name, char atr, uint32_t changes)
{
	pcsc_token_reader_t state = {
		.present = atr != 0,
		.changes = changes,
		.atr = { atr },
		.atr_len = atr != 0,
	};

	snprintf(state.name, sizeof(state.name), "%s", name);
	return state;
}

/**
 * Tell of a single reader, "R".
 */
static void update(char atr, uint32_t changes, uint64_t now)
{
	pcsc_token_reader_t one = state("R", atr, changes);

	readers->update(readers, &one, 1, now);
}

/**
 * Compare what happened, with a letter each: Outage, Back, Inserted, Removed,
 * Found again, Settled, Held or released, and "m" for removed in an outage,
 * maybe moved.
 */
static void expect(const char *expected)
{
	static const char letters[] = {
		[PCSC_TOKEN_OUTAGE] = 'O',
		[PCSC_TOKEN_RECOVERED] = 'B',
		[PCSC_TOKEN_INSERTED] = 'I',
		[PCSC_TOKEN_REMOVED] = 'R',
		[PCSC_TOKEN_FOUND_AGAIN] = 'F',
		[PCSC_TOKEN_SETTLED] = 'S',
		[PCSC_TOKEN_HELD] = 'H',
	};
	pcsc_token_event_t event;
	char happened[16] = "";
	int i = 0;

	while (readers->next(readers, &event) && i < sizeof(happened) - 1)
	{
		happened[i++] = event.unsure ? 'm' : letters[event.type];
	}
	ck_assert_str_eq(happened, expected);
}

START_TEST(test_insert_remove)
{
	update(0, 0, 0);
	expect("B");
	update(ATR_A, 1, 1000);
	expect("I");
	update(ATR_A, 1, 2000);
	expect("");
	update(0, 2, 3000);
	expect("R");
	update(ATR_A, 3, 4000);
	expect("I");
}
END_TEST

START_TEST(test_there_at_start)
{
	update(ATR_A, 1, 0);
	expect("BI");
}
END_TEST

START_TEST(test_quick_change)
{
	/* out and in again between two looks, only the count tells */
	update(ATR_A, 1, 0);
	expect("BI");
	update(ATR_A, 3, 100);
	expect("RI");
	update(ATR_B, 3, 200);
	expect("RI");
}
END_TEST

START_TEST(test_reader_gone)
{
	update(ATR_A, 1, 0);
	expect("BI");
	readers->update(readers, NULL, 0, 100);
	expect("R");
}
END_TEST

START_TEST(test_held)
{
	pcsc_token_reader_t one = state("R", ATR_A, 1);
	pcsc_token_event_t event;

	one.held = TRUE;
	readers->update(readers, &one, 1, 0);
	ck_assert(readers->next(readers, &event));
	ck_assert(readers->next(readers, &event));
	ck_assert_int_eq(event.type, PCSC_TOKEN_INSERTED);
	ck_assert(event.held);
	one.held = FALSE;
	readers->update(readers, &one, 1, 100);
	ck_assert(readers->next(readers, &event));
	ck_assert_int_eq(event.type, PCSC_TOKEN_HELD);
	ck_assert(!event.held);
	one.held = TRUE;
	readers->update(readers, &one, 1, 200);
	readers->update(readers, &one, 1, 300);
	expect("H");
}
END_TEST

START_TEST(test_two_readers)
{
	pcsc_token_reader_t both[] = {
		state("R", ATR_A, 1), state("S", ATR_A, 1),
	};
	pcsc_token_event_t event;

	readers->update(readers, both, 2, 0);
	expect("BII");
	both[1] = state("S", 0, 2);
	readers->update(readers, both, 2, 100);
	ck_assert(readers->next(readers, &event));
	ck_assert_int_eq(event.type, PCSC_TOKEN_REMOVED);
	ck_assert_str_eq(event.reader, "S");
	ck_assert(!readers->next(readers, &event));
}
END_TEST

START_TEST(test_outage)
{
	pcsc_token_event_t event;

	update(ATR_A, 1, 0);
	expect("BI");
	readers->lost(readers, "gone", 1000);
	ck_assert(readers->next(readers, &event));
	ck_assert_int_eq(event.type, PCSC_TOKEN_OUTAGE);
	ck_assert_str_eq(event.reason, "gone");
	/* said once */
	readers->lost(readers, "still gone", 2000);
	expect("");
	/* a new pcscd counts anew */
	update(ATR_A, 0, 5000);
	ck_assert(readers->next(readers, &event));
	ck_assert_int_eq(event.type, PCSC_TOKEN_RECOVERED);
	ck_assert_uint_eq(event.duration, 4000);
	expect("F");
	/* from here on it counts as before */
	update(ATR_A, 2, 5100);
	expect("RI");
}
END_TEST

START_TEST(test_outage_at_start)
{
	pcsc_token_event_t event;

	readers->lost(readers, "not there", 1000);
	expect("O");
	update(0, 0, 4000);
	ck_assert(readers->next(readers, &event));
	ck_assert_uint_eq(event.duration, 3000);
}
END_TEST

START_TEST(test_removed_in_outage)
{
	update(ATR_A, 1, 0);
	readers->lost(readers, "gone", 1000);
	expect("BIO");
	/* it may still turn up */
	update(0, 0, 10000);
	expect("B");
	update(0, 0, 10000 + PCSC_TOKEN_SETTLE_TIME - 1);
	expect("");
	update(0, 0, 10000 + PCSC_TOKEN_SETTLE_TIME);
	expect("mS");
	update(0, 0, 10001 + PCSC_TOKEN_SETTLE_TIME);
	expect("");
}
END_TEST

START_TEST(test_late_after_outage)
{
	update(ATR_A, 1, 0);
	readers->lost(readers, "gone", 1000);
	readers->update(readers, NULL, 0, 10000);
	expect("BIOB");
	update(0, 0, 10100);
	expect("");
	update(ATR_A, 1, 11000);
	expect("F");
	update(ATR_A, 1, 10000 + PCSC_TOKEN_SETTLE_TIME);
	expect("S");
	/* the outage is over: it was pulled out */
	update(0, 2, 10001 + PCSC_TOKEN_SETTLE_TIME);
	expect("R");
}
END_TEST

START_TEST(test_changed_in_outage)
{
	update(ATR_A, 1, 0);
	readers->lost(readers, "gone", 1000);
	update(ATR_B, 1, 2000);
	expect("BIOBmI");
}
END_TEST

START_TEST(test_inserted_in_outage)
{
	update(0, 0, 0);
	readers->lost(readers, "gone", 1000);
	update(ATR_A, 1, 2000);
	expect("BOBI");
}
END_TEST

START_TEST(test_moved_in_outage)
{
	pcsc_token_reader_t moved = state("S", ATR_A, 1);

	update(ATR_A, 1, 0);
	readers->lost(readers, "gone", 1000);
	readers->update(readers, &moved, 1, 2000);
	expect("BIOBI");
	readers->update(readers, &moved, 1, 2000 + PCSC_TOKEN_SETTLE_TIME);
	expect("mS");
}
END_TEST

START_TEST(test_outages_in_a_row)
{
	update(ATR_A, 1, 0);
	readers->lost(readers, "gone", 1000);
	readers->update(readers, NULL, 0, 2000);
	expect("BIOB");
	/* the time to turn up begins anew */
	readers->lost(readers, "gone", 2000 + PCSC_TOKEN_SETTLE_TIME - 1);
	readers->update(readers, NULL, 0, 2000 + PCSC_TOKEN_SETTLE_TIME);
	expect("OB");
	update(ATR_A, 1, 2100 + PCSC_TOKEN_SETTLE_TIME);
	expect("F");
	update(ATR_A, 1, 2000 + 2 * PCSC_TOKEN_SETTLE_TIME);
	expect("S");
}
END_TEST

SUITE(pcsc_token_readers)
{
	Suite *s = suite_create("pcsc_token_readers");
	TCase *tc;

	tc = tcase_create("cards");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_insert_remove);
	tcase_add_test(tc, test_there_at_start);
	tcase_add_test(tc, test_quick_change);
	tcase_add_test(tc, test_reader_gone);
	tcase_add_test(tc, test_held);
	tcase_add_test(tc, test_two_readers);
	suite_add_tcase(s, tc);

	tc = tcase_create("outages");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_outage);
	tcase_add_test(tc, test_outage_at_start);
	tcase_add_test(tc, test_removed_in_outage);
	tcase_add_test(tc, test_late_after_outage);
	tcase_add_test(tc, test_changed_in_outage);
	tcase_add_test(tc, test_inserted_in_outage);
	tcase_add_test(tc, test_moved_in_outage);
	tcase_add_test(tc, test_outages_in_a_row);
	suite_add_tcase(s, tc);
	return s;
}
