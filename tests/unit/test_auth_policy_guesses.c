/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <auth_policy_block.h>
#include <auth_policy_guesses.h>

#include <stdio.h>

#define FAILURES 3
#define WITHIN 10
#define LASTS 100
#define KEYS 4

/** what is kept with locks, and how much of it isn't freed */
static int kept;

static void release(void *data)
{
	kept--;
}

static auth_policy_guesses_t *create(void)
{
	kept = 0;
	return auth_policy_guesses_create(KEYS, FAILURES, release);
}

/**
 * Fail once.
 *
 * @return				whether this locks the key
 */
static bool guess(auth_policy_guesses_t *guesses, const char *key, time_t now)
{
	void **slot = (guesses->fail)(guesses, key, now, WITHIN, LASTS);

	if (slot)
	{
		*slot = &kept;
		kept++;
	}
	return slot;
}

/** when a key fails, and whether it is locked after that */
static struct {
	time_t times[6];
	bool locked;
} sequences[] = {
	{ { 1, 2 }, FALSE },
	{ { 1, 1, 1 }, TRUE },
	{ { 1, 2, 11 }, TRUE },
	{ { 1, 2, 12 }, FALSE },
	/* any of them, not only those since the first */
	{ { 1, 10, 12, 19 }, TRUE },
	{ { 1, 10, 12, 21 }, FALSE },
	{ { 1, 12, 23, 34, 45, 56 }, FALSE },
	{ { 1, 12, 23, 34, 44, 44 }, TRUE },
};

START_TEST(test_sequence)
{
	auth_policy_guesses_t *guesses = create();
	time_t *time = sequences[_i].times, last = 0;
	bool locked = FALSE;

	for (; time < sequences[_i].times + countof(sequences[_i].times) && *time;
		 time++)
	{
		ck_assert(!locked);
		last = *time;
		locked = guess(guesses, "a", last);
	}
	ck_assert(locked == sequences[_i].locked);
	ck_assert((guesses->find(guesses, "a", last) == &kept) == locked);
	ck_assert(!guesses->find(guesses, "b", last));
	guesses->destroy(guesses);
	ck_assert_int_eq(kept, 0);
}
END_TEST

/**
 * Lock a key.
 */
static void lock_out(auth_policy_guesses_t *guesses, const char *key,
					 time_t now)
{
	ck_assert(!guess(guesses, key, now));
	ck_assert(!guess(guesses, key, now));
	ck_assert(guess(guesses, key, now));
}

START_TEST(test_lock)
{
	auth_policy_guesses_t *guesses = create();
	array_t *list = array_create(0, 0);

	ck_assert(!guesses->get_next(guesses));
	lock_out(guesses, "a", 50);
	/* failures meanwhile make it no longer */
	ck_assert(!guess(guesses, "a", 149));
	guesses->forget(guesses, "a");
	ck_assert_int_eq(guesses->get_next(guesses), 150);
	ck_assert(guesses->find(guesses, "a", 149));
	guesses->list(guesses, 149, list);
	ck_assert_int_eq(array_count(list), 1);
	ck_assert(!guesses->take_over(guesses, 149));
	/* it is over, whether that was taken or not */
	ck_assert(!guesses->find(guesses, "a", 150));
	ck_assert(!guesses->unlock(guesses, "a", 150));
	guesses->list(guesses, 150, list);
	ck_assert_int_eq(array_count(list), 1);
	ck_assert(guesses->take_over(guesses, 150) == &kept);
	kept--;
	ck_assert(!guesses->take_over(guesses, 150));
	/* and all begins anew */
	lock_out(guesses, "a", 150);
	ck_assert(guesses->unlock(guesses, "a", 151) == &kept);
	kept--;
	ck_assert(!guesses->unlock(guesses, "a", 151));
	lock_out(guesses, "a", 151);
	ck_assert(!guess(guesses, "a", 251));
	ck_assert(!guess(guesses, "a", 251));
	ck_assert(guess(guesses, "a", 251));
	array_destroy(list);
	guesses->destroy(guesses);
	ck_assert_int_eq(kept, 0);
}
END_TEST

START_TEST(test_forget)
{
	auth_policy_guesses_t *guesses = create();

	guess(guesses, "a", 1);
	guess(guesses, "a", 1);
	guess(guesses, "b", 1);
	guess(guesses, "b", 1);
	guesses->forget(guesses, "a");
	guesses->forget(guesses, "c");
	ck_assert(!guess(guesses, "a", 1));
	ck_assert(guess(guesses, "b", 1));
	/* others make a lock, those before are forgotten, locks stay */
	guesses->set_failures(guesses, 2);
	ck_assert(!guess(guesses, "a", 1));
	ck_assert(guess(guesses, "a", 1));
	ck_assert(guesses->find(guesses, "b", 1));
	guesses->destroy(guesses);
	ck_assert_int_eq(kept, 0);
}
END_TEST

START_TEST(test_full)
{
	auth_policy_guesses_t *guesses = create();
	char key[16];
	int i;

	lock_out(guesses, "locked", 1);
	guess(guesses, "victim", 2);
	guess(guesses, "victim", 2);
	guess(guesses, "b", 3);
	guess(guesses, "c", 4);
	ck_assert_int_eq(guesses->get_lost(guesses), 0);
	/* who failed last goes last */
	guess(guesses, "b", 5);
	guess(guesses, "d", 6);
	ck_assert_int_eq(guesses->get_lost(guesses), 1);
	ck_assert(guess(guesses, "b", 6));
	ck_assert(!guess(guesses, "victim", 6));
	ck_assert(!guess(guesses, "victim", 6));
	/* many don't unlock somebody */
	for (i = 0; i < 100; i++)
	{
		snprintf(key, sizeof(key), "%d", i);
		guess(guesses, key, 7);
	}
	ck_assert(guesses->find(guesses, "locked", 7));
	ck_assert(guesses->find(guesses, "b", 7));
	/* unless all of them are locked */
	for (i = 0; i < KEYS - 1; i++)
	{
		snprintf(key, sizeof(key), "%d", i);
		lock_out(guesses, key, 8);
	}
	ck_assert(!guesses->find(guesses, "locked", 8));
	ck_assert(guesses->find(guesses, "b", 8));
	ck_assert_int_eq(kept, KEYS);
	guesses->destroy(guesses);
	ck_assert_int_eq(kept, 0);
}
END_TEST

/** lockouts as lines, and who they are about */
static struct {
	char *id;
	char *address;
	char *line;
	char *name;
	char *host;
	bool matches;
} blocks[] = {
	{ "alice", NULL, "id=alice", "ALICE", "192.0.2.1", TRUE },
	{ "alice", NULL, "id=alice", "alice2", "192.0.2.1", FALSE },
	/* a name is no pattern */
	{ "*", NULL, "id=*", "alice", "192.0.2.1", FALSE },
	{ "!a", NULL, "id=!a", "!a", "192.0.2.1", TRUE },
	{ "a b", "192.0.2.1", "id=\"a b\" address=192.0.2.1", "a b", "192.0.2.1",
	  TRUE },
	{ "a", "192.0.2.1", "id=a address=192.0.2.1", "a", "192.0.2.2", FALSE },
	{ "a", "192.0.2.1", "id=a address=192.0.2.1", "b", "192.0.2.1", FALSE },
	{ NULL, "2001:db8::/64", "address=2001:db8::/64", "a", "2001:db8::5",
	  TRUE },
	{ NULL, "2001:db8::/64", "address=2001:db8::/64", "a", "2001:db8:0:1::5",
	  FALSE },
};

START_TEST(test_block)
{
	auth_policy_person_t person = { .names = array_create(0, 0) };
	auth_policy_block_t *block;
	char *line;

	block = auth_policy_block_create_lockout(blocks[_i].id, blocks[_i].address,
											 "why not");
	ck_assert(block);
	line = auth_policy_block_print(block);
	ck_assert(strpfx(line, blocks[_i].line));
	ck_assert_str_eq(line + strlen(blocks[_i].line),
					 " by=lockout note=\"why not\"");
	free(line);
	array_insert(person.names, ARRAY_TAIL, blocks[_i].name);
	person.host = host_create_from_string(blocks[_i].host, 0);
	ck_assert(auth_policy_block_matches(block,
										&person) == blocks[_i].matches);
	person.host->destroy(person.host);
	array_destroy(person.names);
	options_unref(block);
}
END_TEST

SUITE(auth_policy_guesses)
{
	Suite *s = suite_create("auth_policy: guesses");
	TCase *tc;

	tc = tcase_create("guesses");
	tcase_add_loop_test(tc, test_sequence, 0, countof(sequences));
	tcase_add_test(tc, test_lock);
	tcase_add_test(tc, test_forget);
	tcase_add_test(tc, test_full);
	tcase_add_loop_test(tc, test_block, 0, countof(blocks));
	suite_add_tcase(s, tc);

	return s;
}
