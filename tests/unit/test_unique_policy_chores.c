/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unique_policy_chores.h>

#include <processing/processor.h>
#include <threading/semaphore.h>
#include <threading/thread.h>

/**
 * How long what has to come may take, in milliseconds.
 */
#define LIMIT 20000

static unique_policy_chores_t *chores;

/**
 * Posted when a chore was begun, and to have it go on.
 */
static semaphore_t *begun, *proceed;

/**
 * How many were done, and destroyed.
 */
static refcount_t done, destroyed;

static void start(void)
{
	chores = unique_policy_chores_create();
	begun = semaphore_create(0);
	proceed = semaphore_create(0);
	done = destroyed = 0;
}

/**
 * Wait until a number of them were destroyed, which jobs that found nothing to
 * do hold up.
 */
static void expect_destroyed(u_int number)
{
	int i;

	for (i = 0; i < LIMIT && ref_cur(&destroyed) != number; i++)
	{
		usleep(1000);
	}
	ck_assert_int_eq(ref_cur(&destroyed), number);
}

static void stop(void)
{
	chores->destroy(chores);
	begun->destroy(begun);
	proceed->destroy(proceed);
}

static void count(void *data)
{
	ref_get((refcount_t*)data);
}

static void count_slowly(void *data)
{
	begun->post(begun);
	ck_assert(!proceed->timed_wait(proceed, LIMIT));
	count(data);
}

static void cleanup(void *data)
{
	ref_get(&destroyed);
}

START_TEST(test_nobody_else)
{
	int i;

	/* no job need have run, and there may be no threads */
	start();
	ck_assert(!chores->pending(chores, 1));
	ck_assert(!chores->finish(chores, 1));
	for (i = 0; i < 3; i++)
	{
		chores->add(chores, 1, UNIQUE_POLICY_CHORE_ANYBODY, count, &done,
					cleanup);
	}
	ck_assert(!chores->finish(chores, 2));
	/* threads of other tests in this process may have been first */
	ck_assert(chores->finish(chores, 1) ||
			  lib->processor->get_total_threads(lib->processor));
	ck_assert_int_eq(ref_cur(&done), 3);
	ck_assert(!chores->pending(chores, 1));
	/* their jobs find nothing to do */
	lib->processor->set_threads(lib->processor, 2);
	chores->add(chores, 1, UNIQUE_POLICY_CHORE_JOB, count_slowly, &done,
				cleanup);
	ck_assert(!begun->timed_wait(begun, LIMIT));
	ck_assert_int_eq(done, 3);
	proceed->post(proceed);
	chores->finish(chores, 1);
	ck_assert_int_eq(ref_cur(&done), 4);
	expect_destroyed(4);
	stop();
}
END_TEST

static void *finish(void *unused)
{
	chores->finish(chores, 1);
	return (void*)(uintptr_t)done;
}

START_TEST(test_job_runs)
{
	thread_t *thread;

	start();
	lib->processor->set_threads(lib->processor, 2);
	chores->add(chores, 1, _i, count_slowly, &done, cleanup);
	ck_assert(!begun->timed_wait(begun, LIMIT));
	ck_assert(chores->pending(chores, 1));
	/* there is more to do, which it does meanwhile */
	chores->add(chores, 1, UNIQUE_POLICY_CHORE_ANYBODY, count, &done, cleanup);
	thread = thread_create(finish, NULL);
	ck_assert(thread);
	while (!ref_cur(&done))
	{
		usleep(1000);
	}
	ck_assert(chores->pending(chores, 1));
	proceed->post(proceed);
	ck_assert_int_eq((uintptr_t)thread->join(thread), 2);
	ck_assert(!chores->pending(chores, 1));
	expect_destroyed(2);
	stop();
}
END_TEST

START_TEST(test_late)
{
	/* what takes long isn't waited for any longer */
	start();
	lib->processor->set_threads(lib->processor, 2);
	chores->add(chores, 1, UNIQUE_POLICY_CHORE_ANYBODY, count_slowly, &done,
				cleanup);
	ck_assert(!begun->timed_wait(begun, LIMIT));
	ck_assert(!chores->finish(chores, 1));
	ck_assert(chores->pending(chores, 1));
	ck_assert_int_eq(ref_cur(&done), 0);
	proceed->post(proceed);
	expect_destroyed(1);
	ck_assert(!chores->pending(chores, 1));
	stop();
}
END_TEST

SUITE(unique_policy_chores)
{
	Suite *s = suite_create("unique_policy_chores");
	TCase *tc;

	tc = tcase_create("finish");
	tcase_add_test(tc, test_nobody_else);
	tcase_add_loop_test(tc, test_job_runs, UNIQUE_POLICY_CHORE_ANYBODY,
						UNIQUE_POLICY_CHORE_JOB + 1);
	tcase_add_test(tc, test_late);
	suite_add_tcase(s, tc);

	return s;
}
