/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <control_listener.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <threading/thread.h>

/** times that two daemons find a file that was left */
#define ROUNDS 1000

/** changes of the path under load, of all threads together */
#define CHANGES 10000
#define CHANGERS 2

/** where files are, removed in the end */
static char dir[64];
static char paths[4][sizeof(dir) + 8];
static char reason[BUF_LEN];

static control_listener_t *listener;
/** clients that were accepted, that could not be, calls of retry(), and
 * threads' orders */
static refcount_t accepted, failed, retried, stop;

/**
 * Callback of control_listener_create(): greets the client.
 */
static void greet(void *data, int fd)
{
	ck_assert(data == dir);
	if (fd < 0)
	{
		ref_get(&failed);
		return;
	}
	ref_get(&accepted);
	ignore_result(send(fd, "x", 1, MSG_NOSIGNAL));
	close(fd);
}

/**
 * Callback of control_listener_create(): counts.
 */
static void retry(void *data)
{
	ck_assert(data == dir);
	ref_get(&retried);
}

static void setup(void)
{
	int i;

	strcpy(dir, "/tmp/charon-advanced-unit-XXXXXX");
	ck_assert(mkdtemp(dir));
	for (i = 0; i < countof(paths); i++)
	{
		snprintf(paths[i], sizeof(paths[i]), "%s/%d", dir, i);
	}
	accepted = failed = retried = stop = 0;
	listener = control_listener_create(greet, retry, dir);
	ck_assert(listener);
	ck_assert(listener->start(listener));
}

static void teardown(void)
{
	DESTROY_IF(listener);
	/* there is nothing left in it */
	ck_assert_int_eq(rmdir(dir), 0);
}

/**
 * Connect a socket to a path.
 */
static bool connect_to(int fd, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, path);
	return connect(fd, (struct sockaddr*)&addr, sizeof(addr)) == 0;
}

/**
 * Connect to a path.
 *
 * @return			socket, -1 if nobody listens
 */
static int visit(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!connect_to(fd, path))
	{
		close(fd);
		return -1;
	}
	return fd;
}

/**
 * Is one who connects to a path greeted?
 */
static bool is_served(const char *path)
{
	char byte;
	int fd = visit(path);
	bool served;

	if (fd < 0)
	{
		return FALSE;
	}
	served = read(fd, &byte, 1) == 1;
	close(fd);
	return served;
}

static bool move(const char *path)
{
	return listener->listen(listener, path, getgid(), FALSE, reason,
							sizeof(reason));
}

START_TEST(test_move)
{
	struct stat st;
	char other[sizeof(paths[0]) + 8];
	int fds[5], i;
	char byte;

	ck_assert(move(paths[0]));
	ck_assert(is_served(paths[0]));
	ck_assert_int_eq(stat(paths[0], &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0660);
	/* once more, also in another spelling, changes nothing */
	snprintf(other, sizeof(other), "%s/./0", dir);
	ck_assert(move(paths[0]));
	ck_assert(move(other));
	ck_assert(is_served(paths[0]));
	/* those who wait while it moves are served */
	for (i = 0; i < countof(fds); i++)
	{
		fds[i] = visit(paths[0]);
		ck_assert_int_ge(fds[i], 0);
	}
	ck_assert(move(paths[1]));
	ck_assert(is_served(paths[1]));
	ck_assert_int_ne(access(paths[0], F_OK), 0);
	for (i = 0; i < countof(fds); i++)
	{
		ck_assert_int_eq(read(fds[i], &byte, 1), 1);
		close(fds[i]);
	}
	/* what is removed by somebody is there again when it is asked for */
	unlink(paths[1]);
	ck_assert(move(paths[1]));
	ck_assert(is_served(paths[1]));
	listener->stop(listener);
	ck_assert_int_ne(access(paths[1], F_OK), 0);
	ck_assert(!move(paths[0]));
	ck_assert_str_eq(reason, "charon is about to end");
}
END_TEST

START_TEST(test_taken)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char away[sizeof(dir) + 8];
	int fd;

	ck_assert(move(paths[0]));
	/* a file, a link to nowhere, a directory */
	close(open(paths[1], O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(symlink("/nowhere", paths[2]), 0);
	ck_assert_int_eq(mkdir(paths[3], 0700), 0);
	ck_assert(!move(paths[1]));
	ck_assert_str_eq(reason, "something else is or listens at this path");
	ck_assert(!move(paths[2]));
	ck_assert(!move(paths[3]));
	snprintf(away, sizeof(away), "%s/a/b", dir);
	ck_assert(!move(away));
	ck_assert_str_eq(reason, "can't listen there: No such file or directory");
	ck_assert(is_served(paths[0]));
	unlink(paths[1]);
	unlink(paths[2]);
	rmdir(paths[3]);
	/* one that is about to listen, or does, and what is left of it */
	strcpy(addr.sun_path, paths[1]);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr*)&addr, sizeof(addr)), 0);
	ck_assert(!move(paths[1]));
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert(!move(paths[1]));
	/* it got no client by that */
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	ck_assert(is_served(paths[0]));
	close(fd);
	ck_assert(move(paths[1]));
	ck_assert(is_served(paths[1]));
	/* a file that somebody else has put there isn't removed with it */
	unlink(paths[1]);
	close(open(paths[1], O_CREAT | O_WRONLY, 0600));
	ck_assert(move(paths[0]));
	ck_assert_int_eq(unlink(paths[1]), 0);
}
END_TEST

START_TEST(test_retry)
{
	while (!ref_cur(&retried))
	{
		usleep(10000);
	}
	ck_assert(move(paths[0]));
	ck_assert(is_served(paths[0]));
}
END_TEST

/**
 * Leave a file at the first path, as a daemon that was killed does.
 */
static void leave_file(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, paths[0]);
	ck_assert_int_eq(bind(fd, (struct sockaddr*)&addr, sizeof(addr)), 0);
	close(fd);
}

/** where both daemons begin at once */
static pthread_barrier_t barrier;

/**
 * Listen at the first path as soon as the other one does.
 *
 * @return			NULL if that failed
 */
static void *compete(control_listener_t *competitor)
{
	char buf[BUF_LEN];

	pthread_barrier_wait(&barrier);
	return competitor->listen(competitor, paths[0], getgid(), FALSE, buf,
							  sizeof(buf)) ?
				competitor : NULL;
}

START_TEST(test_both_at_once)
{
	control_listener_t *both[2];
	thread_t *thread;
	bool won[2];
	int i, j;

	pthread_barrier_init(&barrier, NULL, countof(both));
	for (i = 0; i < ROUNDS; i++)
	{
		leave_file();
		for (j = 0; j < countof(both); j++)
		{
			both[j] = control_listener_create(greet, retry, dir);
			ck_assert(both[j]->start(both[j]));
		}
		thread = thread_create((thread_main_t)compete, both[0]);
		won[1] = compete(both[1]) != NULL;
		won[0] = thread->join(thread) != NULL;
		ck_assert_int_ne(won[0], won[1]);
		ck_assert(is_served(paths[0]));
		both[0]->destroy(both[0]);
		both[1]->destroy(both[1]);
	}
	pthread_barrier_destroy(&barrier);
}
END_TEST

/**
 * Change the path.
 */
static void *change(void *first)
{
	char buf[BUF_LEN];
	int i;

	for (i = 0; i < CHANGES / CHANGERS; i++)
	{
		/* both have one of their own, and one in common */
		ck_assert(listener->listen(listener,
								   paths[i % 2 ? (uintptr_t)first : 2],
								   getgid(), FALSE, buf, sizeof(buf)));
	}
	return NULL;
}

/**
 * Come and go.
 */
static void *come_and_go(void *unused)
{
	int fd, i;

	for (i = 0; !ref_cur(&stop); i++)
	{
		fd = visit(paths[i % 3]);
		if (fd >= 0)
		{
			close(fd);
		}
	}
	return NULL;
}

START_TEST(test_load)
{
	thread_t *changers[CHANGERS], *clients[2];
	int i;

	for (i = 0; i < countof(clients); i++)
	{
		clients[i] = thread_create(come_and_go, NULL);
	}
	for (i = 0; i < countof(changers); i++)
	{
		changers[i] = thread_create(change, (void*)(uintptr_t)i);
	}
	for (i = 0; i < countof(changers); i++)
	{
		changers[i]->join(changers[i]);
	}
	ck_assert(move(paths[3]));
	ck_assert(is_served(paths[3]));
	ref_get(&stop);
	for (i = 0; i < countof(clients); i++)
	{
		clients[i]->join(clients[i]);
	}
	ck_assert_uint_gt(ref_cur(&accepted), 1);
	for (i = 0; i < 3; i++)
	{
		ck_assert_int_ne(access(paths[i], F_OK), 0);
	}
}
END_TEST

START_TEST(test_too_many_files)
{
	struct rlimit before, none;
	int fd;
	char byte;

	ck_assert(move(paths[0]));
	fd = visit(paths[0]);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	ck_assert(connect_to(fd, paths[0]));
	while (!ref_cur(&failed))
	{
		sched_yield();
	}
	/* it isn't lost, and meanwhile doesn't keep a CPU busy */
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	ck_assert_uint_lt(ref_cur(&failed), 10);
	close(fd);
}
END_TEST

SUITE(control_listener)
{
	Suite *s;
	TCase *tc;

	s = suite_create("control_listener");

	tc = tcase_create("listener");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_move);
	tcase_add_test(tc, test_taken);
	tcase_add_test(tc, test_retry);
	tcase_add_test(tc, test_both_at_once);
	tcase_add_test(tc, test_load);
	tcase_add_test(tc, test_too_many_files);
	suite_add_tcase(s, tc);

	return s;
}
