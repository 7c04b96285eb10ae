/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file conf_lines.h
 * What the files of a strongswan.conf or swanctl.conf say, and where: charon's
 * parser only tells lines for what it can't read.
 */

#ifndef CONF_LINES_H_
#define CONF_LINES_H_

#include "report.h"

#include <stdio.h>

typedef struct conf_lines_t conf_lines_t;
typedef struct conf_entry_t conf_entry_t;
typedef struct conf_edit_t conf_edit_t;

/**
 * A key or section, as often as it is there.
 */
struct conf_entry_t {
	/** its name with those of its sections, separated by dots */
	const char *path;
	/** its name, the end of path */
	const char *name;
	/** value of a key, NULL for a section */
	const char *value;
	/** names of sections that a section refers to, comma separated, or NULL */
	const char *references;
	/** "file:line" */
	const char *where;
	/** whether it is in the file of a conf_edit_t; then, in its text, offsets
	 * of its name, of what follows its = or {, and of what follows all of it,
	 * 0 for a section that ends elsewhere */
	bool edited;
	size_t start;
	size_t content;
	size_t end;
};

/**
 * A file that has another text than on disk.
 */
struct conf_edit_t {
	/** path, which may not exist yet */
	const char *file;
	const char *text;
	/** gets how often it was read, and whether within a section */
	u_int read;
	bool nested;
};

struct conf_lines_t {

	/**
	 * Find a key or section where it was set last, in its own section or those
	 * that this refers to.
	 *
	 * @param path		name with those of its sections, separated by dots
	 * @return			NULL if there is none
	 */
	conf_entry_t *(*get)(conf_lines_t *this, const char *path);

	/**
	 * Find a key or section, or the innermost section that has been opened on
	 * the way to it.
	 *
	 * @return			"file:line", the file alone if there is nothing of it
	 */
	const char *(*find)(conf_lines_t *this, const char *path);

	/**
	 * Have a section fall back to another one.
	 */
	void (*add_fallback)(conf_lines_t *this, const char *section,
						 const char *fallback);

	/**
	 * Report references that crash charon when it looks for a setting, and
	 * forget them.
	 */
	void (*check_references)(conf_lines_t *this);

	/**
	 * Does any section refer to this one, or to one that it is in?
	 */
	bool (*is_referenced)(conf_lines_t *this, const char *path);

	/**
	 * Enumerate conf_entry_t* in the order of the files.
	 */
	enumerator_t *(*create_enumerator)(conf_lines_t *this);

	/**
	 * Write it anew in one file, without what is in the way of reading it.
	 *
	 * @return			text, to be freed
	 */
	char *(*write)(conf_lines_t *this);

	/**
	 * Destroy a conf_lines_t.
	 */
	void (*destroy)(conf_lines_t *this);
};

/**
 * Read a file and those it includes, as charon does. What isn't understood is
 * skipped.
 *
 * @param file			path of the file
 * @param edit			a file that has another text, NULL if none has
 * @param report		gets what is in the way of reading it
 */
conf_lines_t *conf_lines_create(const char *file, conf_edit_t *edit,
								report_t *report);

/**
 * Write a value in quotes, so that it is read as it is.
 */
void conf_lines_quote(FILE *out, const char *value);

#endif /** CONF_LINES_H_ */
