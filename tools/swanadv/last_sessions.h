/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file last_sessions.h
 * Which records tell the most of each session, where they are read backwards.
 */

#ifndef LAST_SESSIONS_H_
#define LAST_SESSIONS_H_

#include <library.h>

typedef struct last_sessions_t last_sessions_t;
typedef struct last_found_t last_found_t;

/**
 * A record to show.
 */
struct last_found_t {
	/** allocated, NULL if there is none */
	char *line;
	/** whether it is from the file that was read first */
	bool newest;
};

/**
 * A session is shown where it begins, with what was written about it last: so
 * those that began last come first, and what is kept at a time is one record
 * of each session that was up then.
 */
struct last_sessions_t {

	/**
	 * Note that a session, as of a file's end, goes on in the file that was
	 * or is to be read before it: it doesn't begin there.
	 *
	 * @param line		last lines of the file
	 * @return			FALSE if no line before it is about that
	 */
	bool (*add_continued)(last_sessions_t *this, const char *line);

	/**
	 * Take the line before the one that was taken last.
	 *
	 * @param found		gets a record to show
	 * @return			FALSE if the line is no record
	 */
	bool (*add)(last_sessions_t *this, const char *line, last_found_t *found);

	/**
	 * A file is read to its beginning, the one before it follows.
	 */
	void (*next_file)(last_sessions_t *this);

	/**
	 * No file follows: get another one of those whose beginning is in none.
	 *
	 * @param found		gets a record to show
	 */
	void (*get_rest)(last_sessions_t *this, last_found_t *found);

	/**
	 * Destroy a last_sessions_t.
	 */
	void (*destroy)(last_sessions_t *this);
};

/**
 * Create a last_sessions_t.
 *
 * @param refused		whether to show logins that were refused, in place of
 *						sessions
 */
last_sessions_t *last_sessions_create(bool refused);

#endif /** LAST_SESSIONS_H_ */
