/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file option_errors.h
 * What is wrong with a section of strongswan.conf, a line for each error.
 */

#ifndef OPTION_ERRORS_H_
#define OPTION_ERRORS_H_

#include <library.h>

typedef struct option_errors_t option_errors_t;

/**
 * Collects errors. At most OPTION_ERRORS_MAX lines are kept, the rest is
 * counted, as a generated file may well have thousands of them.
 */
struct option_errors_t {

	/**
	 * Add an error.
	 *
	 * The line reads: key = "value": message. Bytes of the value that aren't
	 * printable UTF-8 are escaped as \xNN, a long value is cut.
	 *
	 * @param key		option within the section that was entered; NULL if the
	 *					message names what it is about
	 * @param value		offending value, NULL if the error isn't about one
	 * @param fmt		printf format of what is accepted
	 */
	void (*add)(option_errors_t *this, const char *key, const char *value,
				const char *fmt, ...)
				__attribute__((format(printf, 4, 5)));

	/**
	 * Enter a section: until it is left, keys are within it, and "" is the
	 * section itself.
	 *
	 * @param name		name within the section that was entered before
	 * @return			where that was, for leave()
	 */
	size_t (*enter)(option_errors_t *this, const char *name);

	/**
	 * Leave a section.
	 *
	 * @param before	as returned by enter()
	 */
	void (*leave)(option_errors_t *this, size_t before);

	/**
	 * Number of errors added, also those beyond OPTION_ERRORS_MAX.
	 */
	u_int (*get_count)(option_errors_t *this);

	/**
	 * Enumerate the lines kept, as const char*.
	 */
	enumerator_t *(*create_enumerator)(option_errors_t *this);

	/**
	 * Log each line at level 1 in group DBG_CFG:
	 * "plugin: key = "value": message; consequence".
	 *
	 * @param plugin	name of the plugin
	 * @param consequence	what follows from the error
	 */
	void (*log)(option_errors_t *this, const char *plugin,
				const char *consequence);

	/**
	 * Destroy an option_errors_t.
	 */
	void (*destroy)(option_errors_t *this);
};

#define OPTION_ERRORS_MAX 20

/**
 * Create an empty list of errors.
 */
option_errors_t *option_errors_create(void);

#endif /** OPTION_ERRORS_H_ */
