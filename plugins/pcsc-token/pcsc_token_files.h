/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_files.h
 * Files that the settings name: PKCS#11 modules, and PINs.
 */

#ifndef PCSC_TOKEN_FILES_H_
#define PCSC_TOKEN_FILES_H_

#include <library.h>

/**
 * Longest PIN read from a file, in bytes.
 */
#define PCSC_TOKEN_PIN_MAX 255

/**
 * Does a file look like a PKCS#11 module? It isn't loaded: what its
 * constructors do is no business of charon's.
 *
 * @param path		absolute path
 * @return			what is wrong, static string, NULL if nothing is
 */
const char *pcsc_token_check_module(const char *path);

/**
 * Is a file fit to hold a PIN? It has to be a regular file of ours, root's or
 * charon.user's that nobody else may read or write, and not empty.
 *
 * @param path		absolute path
 * @return			what is wrong, static string, NULL if nothing is
 */
const char *pcsc_token_check_pin_file(const char *path);

/**
 * Forget files that were kept open.
 *
 * A file that only root may read is, as charon may have another user when its
 * PIN is needed. What is written to it counts, a file in its place doesn't.
 */
void pcsc_token_forget_files(void);

/**
 * Read a PIN: the first line of a file that pcsc_token_check_pin_file() has
 * nothing against.
 *
 * @param path		absolute path
 * @param pin		gets the PIN, to be wiped by chunk_clear()
 * @return			what is wrong, static string, NULL if nothing is
 */
const char *pcsc_token_read_pin(const char *path, chunk_t *pin);

#endif /** PCSC_TOKEN_FILES_H_ */
