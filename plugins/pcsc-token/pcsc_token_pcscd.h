/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_pcscd.h
 * Have pcscd running before anybody needs it.
 */

#ifndef PCSC_TOKEN_PCSCD_H_
#define PCSC_TOKEN_PCSCD_H_

#include <library.h>

/**
 * Path of pcscd's socket, as clients of pcsc-lite find it.
 */
const char *pcsc_token_pcscd_path(void);

/**
 * Connect to pcscd's socket, whereupon systemd starts pcscd if it isn't
 * running. Nothing is asked, so nothing is waited for.
 *
 * @return				0 if somebody listens there, else an error number
 */
int pcsc_token_pcscd_connect(void);

/**
 * See whether the command that was run last ended. Called now and then, so that
 * it isn't left as a zombie. Not thread-safe.
 *
 * @return				FALSE if it is running
 */
bool pcsc_token_pcscd_reap(void);

/**
 * Run a command that starts pcscd, and wait until somebody listens on its
 * socket. If the last one is still running, only wait. Not thread-safe.
 *
 * @param command		for /bin/sh; may go on running
 * @param timeout		how long to wait, in seconds
 * @return				whether somebody listens
 */
bool pcsc_token_pcscd_start(const char *command, uint32_t timeout);

#endif /** PCSC_TOKEN_PCSCD_H_ */
