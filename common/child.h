/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file child.h
 * Running programs, without a shell.
 */

#ifndef CHILD_H_
#define CHILD_H_

#include <library.h>

typedef struct child_t child_t;

/**
 * Start a program, in a process group of its own and with nothing of the
 * daemon's but its environment, if that is passed. What it writes is lost.
 *
 * It is a zombie from its end until child_reap(), so that its number stays its
 * own: SIGCHLD isn't ignored any more, as whoever started the daemon may have
 * had it.
 *
 * @param argv		path of the program and its arguments, NULL terminated
 * @param env		environment, NULL terminated
 * @param in		its standard input, -1 for nothing
 * @return			process, -1 if that failed, errno is set
 */
pid_t child_start(char *const argv[], char *const env[], int in);

/**
 * Kill a process of child_start() and its children, without waiting for their
 * end.
 */
void child_kill(pid_t pid);

/**
 * Reap a process of child_start(), once.
 *
 * @param wait		wait for its end
 * @return			TRUE if it ended, also if it was reaped before
 */
bool child_reap(pid_t pid, bool wait);

/**
 * Run a program and wait for it. What it writes is lost. If it takes too long,
 * it and its children are killed, as they are if the daemon ends. Not for bus
 * hooks.
 *
 * @param argv		path of the program and its arguments, NULL terminated
 * @param env		environment, NULL terminated
 * @param input		what it reads from stdin, NULL for nothing
 * @param timeout	in seconds
 * @param stop		others may set this, then its time is over
 * @param reason	set to why it failed, static or valid until the next call
 *					of the same thread
 * @return			TRUE if it exited with status 0
 */
bool child_run(char *const argv[], char *const env[], const char *input,
			   u_int timeout, const volatile bool *stop, const char **reason);

/**
 * A program of several.
 */
struct child_t {
	/** path and arguments, NULL terminated */
	char **argv;
	/** environment, NULL terminated */
	char **env;
	/** set to CHILD_RUNS, or to what child_reason() takes */
	int status;
};

/**
 * A program that isn't over, or wasn't started yet.
 */
#define CHILD_RUNS -1

/**
 * Run programs one after the other. If this takes too long to wait for, they go
 * on without us, also if the daemon ends and if SIGTERM is sent to all that it
 * started, as systemd does then. What they write is lost.
 *
 * @param children	programs
 * @param count		number of programs, at least 1
 * @param keep		descriptor that isn't closed until all are over
 * @param timeout	for all of them, in seconds; then they are killed
 * @param wait		how long to wait for them, in milliseconds
 */
void child_run_all(child_t *children, u_int count, int keep, u_int timeout,
				   u_int wait);

/**
 * Tell why a program failed.
 *
 * @param status	of the program
 * @return			NULL if it didn't, static or valid until the next call of
 *					the same thread
 */
const char *child_reason(int status);

#endif /** CHILD_H_ */
