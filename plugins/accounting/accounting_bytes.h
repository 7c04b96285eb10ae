/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_bytes.h
 * Numbers of bytes in settings, which may be beyond 32 bits.
 */

#ifndef ACCOUNTING_BYTES_H_
#define ACCOUNTING_BYTES_H_

#include <library.h>

/**
 * Parse a number of bytes, which is all of a text: 500M, 10G.
 *
 * @param bytes			gets it
 * @return				FALSE if it isn't one
 */
bool accounting_bytes_parse(const char *text, uint64_t *bytes);

#endif /** ACCOUNTING_BYTES_H_ */
