/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_names.h
 * A list of names within a log line, of which only the first are spelled out.
 */

#ifndef STRICT_BIND_NAMES_H_
#define STRICT_BIND_NAMES_H_

#include <library.h>

typedef struct strict_bind_names_t strict_bind_names_t;

/**
 * Names that are spelled out.
 */
#define STRICT_BIND_NAMES_MAX 8

struct strict_bind_names_t {
	/** text so far: "a, b, c", or "a, b, ... (12 in all)" */
	char *buf;
	size_t len;
	/** bytes of buf that names take */
	size_t used;
	u_int count;
};

/**
 * Start a list.
 *
 * @param buf		gets the text, terminated after each call, cut if too long
 * @param len		size of buf
 */
strict_bind_names_t strict_bind_names(char *buf, size_t len);

/**
 * Add a name.
 *
 * @param fmt		printf format, with the host's own specifiers
 */
void strict_bind_names_add(strict_bind_names_t *this, const char *fmt, ...);

#endif /** STRICT_BIND_NAMES_H_ */
