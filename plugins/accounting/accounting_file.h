/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_file.h
 * The file that records are appended to.
 */

#ifndef ACCOUNTING_FILE_H_
#define ACCOUNTING_FILE_H_

#include <collections/array.h>

typedef struct accounting_file_t accounting_file_t;

/**
 * A file that is this daemon's alone. For one thread at a time. Never logs.
 */
struct accounting_file_t {

	/**
	 * Is it the one that is at a path?
	 */
	bool (*is_at)(accounting_file_t *this, const char *path);

	/**
	 * Read what is there, and end the sessions that a daemon before has left.
	 *
	 * @param own		what IDs of this daemon's sessions begin with
	 * @return			number of these; what can't be written of it is lost
	 */
	u_int (*recover)(accounting_file_t *this, const char *own);

	/**
	 * Append a line. All of it is there then, or nothing.
	 *
	 * @return			0, or an errno
	 */
	int (*append)(accounting_file_t *this, const char *line);

	/**
	 * Close it.
	 */
	void (*destroy)(accounting_file_t *this);
};

/**
 * Open a file, or create it with mode 0600.
 *
 * A symbolic link and anything that isn't a regular file is refused, and a file
 * that another daemon writes to.
 *
 * @param path			its path
 * @param error			gets why it can't be opened, static
 * @return				NULL if it can't be
 */
accounting_file_t *accounting_file_create(const char *path, const char **error);

#endif /** ACCOUNTING_FILE_H_ */
