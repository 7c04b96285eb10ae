/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <child.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char *const env[] = { "FOO=bar", "PATH=/bin:/usr/bin", NULL };

/** shell commands, and why they failed if they did */
static struct {
	char *command;
	const char *reason;
} commands[] = {
	{ "true", NULL },
	{ "exit 3", "exit status 3" },
	{ "kill -9 $$", "killed by signal 9" },
	{ "read line; test \"$line\" = 'in put'", NULL },
	{ "test \"$FOO\" = bar && test -z \"$HOME\"", NULL },
	/* no descriptor but the usual three and that of ls itself */
	{ "test \"$(ls /proc/self/fd | tr -d '\\n')\" = 0123", NULL },
	/* no signal is blocked */
	{ "grep -q 'SigBlk:.0000000000000000' /proc/self/status", NULL },
	{ "sleep 60", "killed after 1 seconds" },
	{ "sleep 60 & sleep 60", "killed after 1 seconds" },
	/* what is ignored here isn't there */
	{ "(exit 5) & wait $!; test $? = 5", NULL },
};

START_TEST(test_run)
{
	char *argv[] = { "/bin/sh", "-c", commands[_i / 2].command, NULL };
	const char *reason = NULL;
	sigset_t all, before;
	int other = dup(0);
	bool done, stop = FALSE;

	ck_assert_int_gt(other, 2);
	/* it makes no difference whether whoever started us had it ignored */
	signal(SIGCHLD, _i % 2 ? SIG_IGN : SIG_DFL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	done = child_run(argv, env, "in put\n",
					 strpfx(commands[_i / 2].command, "sleep") ? 1 : 30,
					 &stop, &reason);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(other);
	signal(SIGCHLD, SIG_DFL);
	ck_assert(done == !commands[_i / 2].reason);
	if (!done)
	{
		ck_assert_str_eq(reason, commands[_i / 2].reason);
	}
}
END_TEST

START_TEST(test_cant)
{
	char *const argv[] = { "/nowhere/at/all", NULL };
	const char *reason;
	bool stop = FALSE;

	errno = 0;
	ck_assert_int_eq(child_start(argv, env, -1), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert(!child_run(argv, env, NULL, 1, &stop, &reason));
	ck_assert_str_eq(reason, "it can't be executed");
	stop = TRUE;
	ck_assert(!child_run(argv, env, NULL, 1, &stop, &reason));
	ck_assert_str_eq(reason, "not started at the stop");
}
END_TEST

START_TEST(test_run_all)
{
	char *commands[] = {
		/* nothing to read, and no signal ends it that says so to all */
		"kill -TERM $$; ! read line", "exit 3", "sleep 60", "exit 0",
	};
	const char *reasons[] = { NULL, "exit status 3" };
	char *argv[countof(commands)][4], byte;
	child_t children[countof(commands)];
	int fds[2], i;

	for (i = 0; i < countof(commands); i++)
	{
		argv[i][0] = "/bin/sh";
		argv[i][1] = "-c";
		argv[i][2] = commands[i];
		argv[i][3] = NULL;
		children[i] = (child_t){ argv[i], (char**)env };
	}
	ck_assert_int_eq(pipe(fds), 0);
	child_run_all(children, countof(children), fds[1], 2, 1000);
	for (i = 0; i < 2; i++)
	{
		ck_assert_int_ne(children[i].status, CHILD_RUNS);
		ck_assert_pstr_eq(child_reason(children[i].status), reasons[i]);
	}
	for (; i < 4; i++)
	{
		ck_assert_int_eq(children[i].status, CHILD_RUNS);
	}
	close(fds[1]);
	/* it goes on, with the descriptor, until its time is over */
	ck_assert_int_eq(poll(&(struct pollfd){ fds[0], POLLIN }, 1, 0), 0);
	ck_assert_int_eq(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	ck_assert_int_gt(waitpid(-1, NULL, __WALL), 0);

	child_run_all(children, 2, -1, 30, 30000);
	ck_assert_int_eq(children[0].status, 0);
	ck_assert_str_eq(child_reason(children[1].status), "exit status 3");
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
}
END_TEST

START_TEST(test_start)
{
	/* what a shell has in the background reads nothing from 0 */
	char *argv[] = { "/bin/sh", "-c", "exec 3<&0; echo >&3; cat <&3 >&3 & wait",
					 NULL };
	int fds[2];
	char byte;
	pid_t pid;

	signal(SIGCHLD, _i ? SIG_IGN : SIG_DFL);
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	pid = child_start(argv, env, fds[1]);
	close(fds[1]);
	ck_assert_int_gt(pid, 0);
	/* it is the program by now */
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	ck_assert(!child_reap(pid, FALSE));
	child_kill(pid);
	/* nobody has the other end any more, and the number is still its own */
	ck_assert_int_eq(read(fds[0], &byte, 1), 0);
	ck_assert_int_eq(kill(pid, 0), 0);
	ck_assert(child_reap(pid, TRUE));
	ck_assert_int_eq(kill(pid, 0), -1);
	ck_assert(child_reap(pid, FALSE));
	close(fds[0]);
	signal(SIGCHLD, SIG_DFL);
}
END_TEST

SUITE(child)
{
	Suite *s = suite_create("child");
	TCase *tc;

	tc = tcase_create("child");
	tcase_add_loop_test(tc, test_run, 0, 2 * countof(commands));
	tcase_add_test(tc, test_cant);
	tcase_add_test(tc, test_run_all);
	tcase_add_loop_test(tc, test_start, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
