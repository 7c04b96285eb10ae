/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file lines_back.h
 * Lines of a file, the last one first.
 */

#ifndef LINES_BACK_H_
#define LINES_BACK_H_

#include <library.h>

typedef struct lines_back_t lines_back_t;

/**
 * Bytes of a line at most, longer ones are left out.
 */
#define LINES_BACK_MAX (1024 * 1024)

struct lines_back_t {

	/**
	 * Get the line before the one that was returned last. What was appended
	 * since the file was opened, and a last line that has no end yet, are left
	 * out.
	 *
	 * @return			line without its end, until the next call, NULL if there
	 *					is none
	 */
	char *(*next)(lines_back_t *this);

	/**
	 * Get what went wrong so far.
	 *
	 * @return			0, or an errno
	 */
	int (*get_error)(lines_back_t *this);

	/**
	 * Close the file.
	 */
	void (*destroy)(lines_back_t *this);
};

/**
 * Open a file, which has to be a regular one.
 *
 * @param path			its path
 * @return				NULL if it can't be opened, with errno
 */
lines_back_t *lines_back_create(const char *path);

#endif /** LINES_BACK_H_ */
