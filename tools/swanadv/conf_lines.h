/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file conf_lines.h
 * Where in its files a strongswan.conf says what: charon's parser only tells
 * lines for what it can't read.
 */

#ifndef CONF_LINES_H_
#define CONF_LINES_H_

#include <library.h>

typedef struct conf_lines_t conf_lines_t;

struct conf_lines_t {

	/**
	 * Find a key or section, or the innermost section that has been opened on
	 * the way to it.
	 *
	 * @param path		name with those of its sections, separated by dots
	 * @return			"file:line" of where it was set last, the file alone if
	 *					there is nothing of it
	 */
	const char *(*find)(conf_lines_t *this, const char *path);

	/**
	 * Destroy a conf_lines_t.
	 */
	void (*destroy)(conf_lines_t *this);
};

/**
 * Read a file and those it includes. What isn't understood is skipped.
 *
 * @param file			path of the file
 */
conf_lines_t *conf_lines_create(const char *file);

#endif /** CONF_LINES_H_ */
