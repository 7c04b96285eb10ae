/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_program.h
 * Running a program, without a shell and not for ever.
 */

#ifndef UNITY_EXT_PROGRAM_H_
#define UNITY_EXT_PROGRAM_H_

#include <library.h>

/**
 * Run a program and wait for it. What it writes is lost. If it takes too long,
 * it and its children are killed. Not for bus hooks.
 *
 * @param argv		path of the program and its arguments, NULL terminated
 * @param env		environment, NULL terminated
 * @param input		what it reads from stdin, NULL for nothing
 * @param timeout	in seconds
 * @param reason	set to why it failed, static or valid until the next call
 *					of the same thread
 * @return			TRUE if it exited with status 0
 */
bool unity_ext_program_run(char *const argv[], char *const env[],
						   const char *input, u_int timeout,
						   const char **reason);

#endif /** UNITY_EXT_PROGRAM_H_ */
