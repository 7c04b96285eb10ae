/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_log.h
 * What devices call themselves, made fit for the log.
 */

#ifndef PCSC_TOKEN_LOG_H_
#define PCSC_TOKEN_LOG_H_

#include "pcsc_token_message.h"

#include <library.h>

/**
 * Room for any name of a reader, each byte of which may take four.
 */
#define PCSC_TOKEN_PRINTABLE_LEN 512

/**
 * Escape what isn't printable.
 *
 * @param str		e.g. the name of a reader, which a USB device chooses
 * @param buf		where to write it to
 * @return			buf
 */
const char *pcsc_token_printable(const char *str,
								 char buf[PCSC_TOKEN_PRINTABLE_LEN]);

/**
 * Read what a helper says about a failure. It has a module of somebody else's
 * loaded, which a card talks to, so its words are escaped and cut.
 *
 * @param message	message, its next field is a text
 * @param buf		where to write it to
 * @param fallback	used if there is no text
 * @return			buf
 */
const char *pcsc_token_reason(pcsc_token_message_t *message, char buf[BUF_LEN],
							  const char *fallback);

#endif /** PCSC_TOKEN_LOG_H_ */
