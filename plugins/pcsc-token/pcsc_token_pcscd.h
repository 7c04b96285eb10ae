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
 * Run a command that starts pcscd, and wait until somebody listens on its
 * socket.
 *
 * @param command		for /bin/sh; may go on running
 * @param timeout		how long to wait, in seconds
 * @return				whether somebody listens
 */
bool pcsc_token_pcscd_start(const char *command, uint32_t timeout);

#endif /** PCSC_TOKEN_PCSCD_H_ */
