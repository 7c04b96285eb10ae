/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <owner.h>

#include <threading/semaphore.h>

#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/**
 * Name that no other run of this program claims.
 */
static char name[32];

/**
 * Another daemon, and pipes to and from it.
 */
typedef struct {
	pid_t pid;
	int to;
	int from;
} other_t;

/**
 * Make another daemon, as a given user. Before there are threads here, whose
 * locks it would get as they are.
 */
static other_t make_other(uid_t uid)
{
	int to[2], from[2];
	owner_t *owner;
	pid_t pid;
	bool has = FALSE;

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	pid = fork();
	if (!pid)
	{
		close(to[1]);
		/* the user is for this thread, which is the only one */
		if (read(to[0], &has, sizeof(has)) != sizeof(has) ||
			syscall(SYS_setuid, uid))
		{
			_exit(EXIT_FAILURE);
		}
		owner = owner_create(name, NULL, NULL);
		has = owner->is_ours(owner, NULL);
		ignore_result(write(from[1], &has, sizeof(has)));
		pause();
		_exit(EXIT_SUCCESS);
	}
	close(to[0]);
	close(from[1]);
	return (other_t){ pid, to[1], from[0] };
}

/**
 * Have it claim the name.
 *
 * @param has		whether it got it
 * @return			its process, 0 if this user can't become that one
 */
static pid_t claim_other(other_t other, bool *has)
{
	ck_assert_int_eq(write(other.to, has, sizeof(*has)), sizeof(*has));
	if (read(other.from, has, sizeof(*has)) != sizeof(*has))
	{
		waitpid(other.pid, NULL, 0);
		other.pid = 0;
	}
	close(other.to);
	close(other.from);
	return other.pid;
}

static pid_t start_other(uid_t uid, bool *has)
{
	return claim_other(make_other(uid), has);
}

static void stop_other(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void gained(void *data)
{
	semaphore_t *semaphore = data;

	semaphore->post(semaphore);
}

START_TEST(test_alone)
{
	owner_t *owner;
	pid_t holder = 1;

	snprintf(name, sizeof(name), "alone-%u", getpid());
	owner = owner_create(name, NULL, NULL);
	ck_assert(owner->is_ours(owner, &holder));
	ck_assert_int_eq(holder, 0);
	owner->destroy(owner);
	/* given back */
	owner = owner_create(name, NULL, NULL);
	ck_assert(owner->is_ours(owner, NULL));
	owner->destroy(owner);
}
END_TEST

START_TEST(test_held)
{
	semaphore_t *semaphore = semaphore_create(0);
	owner_t *owner;
	other_t other;
	pid_t pid, holder;
	bool has = FALSE;

	snprintf(name, sizeof(name), "held-%u", getpid());
	pid = start_other(getuid(), &has);
	ck_assert(has);
	other = make_other(getuid());
	lib->processor->set_threads(lib->processor, 4);
	owner = owner_create(name, gained, semaphore);
	ck_assert(!owner->is_ours(owner, &holder));
	ck_assert_int_eq(holder, pid);

	stop_other(pid);
	ck_assert(!semaphore->timed_wait(semaphore, 10000));
	ck_assert(owner->is_ours(owner, &holder));
	ck_assert_int_eq(holder, 0);

	/* and others see that */
	pid = claim_other(other, &has);
	ck_assert(!has);
	stop_other(pid);

	owner->destroy(owner);
	semaphore->destroy(semaphore);
}
END_TEST

START_TEST(test_given_up)
{
	owner_t *owner;
	pid_t pid;
	bool has = FALSE;

	snprintf(name, sizeof(name), "given-up-%u", getpid());
	pid = start_other(getuid(), &has);
	ck_assert(has);
	owner = owner_create(name, NULL, NULL);
	ck_assert(!owner->is_ours(owner, NULL));
	owner->destroy(owner);
	stop_other(pid);
}
END_TEST

START_TEST(test_other_user)
{
	owner_t *owner;
	pid_t pid;
	bool has = FALSE;

	snprintf(name, sizeof(name), "other-user-%u", getpid());
	pid = start_other(65534, &has);
	if (pid)
	{
		owner = owner_create(name, NULL, NULL);
		ck_assert(owner->is_ours(owner, NULL));
		owner->destroy(owner);
		stop_other(pid);
	}
}
END_TEST

SUITE(owner)
{
	Suite *s = suite_create("owner");
	TCase *tc;

	tc = tcase_create("claim");
	tcase_add_test(tc, test_alone);
	tcase_add_test(tc, test_held);
	tcase_add_test(tc, test_given_up);
	tcase_add_test(tc, test_other_user);
	suite_add_tcase(s, tc);
	return s;
}
