/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file utf8.h
 * Check text that comes from files and peers.
 */

#ifndef UTF8_H_
#define UTF8_H_

#include <library.h>

/**
 * Length of the character at the start of a string, as RFC 3629 has it.
 *
 * @param str		string, not empty
 * @return			1-4, 0 if there is no well-formed character
 */
size_t utf8_length(const char *str);

/**
 * Is a string well-formed UTF-8?
 *
 * @param str		string to check
 * @return			TRUE if it is, also if it is empty
 */
bool utf8_valid(const char *str);

/**
 * Is the character that starts a string neither malformed nor a control
 * character of ASCII or Latin-1, which terminals may act on?
 *
 * @param str		string, not empty
 * @param len		as returned by utf8_length()
 */
bool utf8_printable(const char *str, size_t len);

/**
 * Write a string on one line: bytes that aren't part of a printable character
 * are escaped as \xNN, and what exceeds a length is replaced by "...".
 *
 * @param out		where to write it to
 * @param str		string to write
 * @param max		number of bytes of str to write at most
 */
void utf8_print(FILE *out, const char *str, size_t max);

/**
 * Write a string as JSON does. Bytes that aren't UTF-8 become what they are in
 * Latin 1, and what exceeds a length is replaced by "...".
 *
 * @param out		where to write it to
 * @param str		string to write
 * @param max		number of bytes of str to write at most
 */
void utf8_print_json(FILE *out, const char *str, size_t max);

/**
 * As utf8_print(), to a string.
 *
 * @param str		string to write
 * @param max		number of bytes of str to write at most
 * @return			string, allocated
 */
char *utf8_escape(const char *str, size_t max);

#endif /** UTF8_H_ */
