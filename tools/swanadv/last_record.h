/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file last_record.h
 * A record of the plugin accounting as an operator reads it.
 */

#ifndef LAST_RECORD_H_
#define LAST_RECORD_H_

#include <library.h>

typedef struct last_record_t last_record_t;
typedef struct last_who_t last_who_t;

/**
 * Whose records are asked for.
 */
struct last_who_t {
	/** as it was written */
	const char *name;
	/** who that is, and where if it is an address, else NULL */
	identification_t *id;
	host_t *host;
};

struct last_record_t {

	/**
	 * Is it about somebody: an identity, or an address that the peer had,
	 * outside or as a virtual IP?
	 */
	bool (*is_about)(last_record_t *this, const last_who_t *who);

	/**
	 * Print it on a line.
	 *
	 * @param newest	whether the file it is from is written to still
	 */
	void (*print)(last_record_t *this, bool newest);

	/**
	 * Destroy a last_record_t.
	 */
	void (*destroy)(last_record_t *this);
};

/**
 * Print the names of what stands on these lines.
 *
 * @param refused		whether for logins that were refused
 */
void last_record_print_header(bool refused);

/**
 * Read a record.
 *
 * @param line			line of JSON
 * @return				NULL if it is none, or has what a terminal may act on
 */
last_record_t *last_record_create(const char *line);

#endif /** LAST_RECORD_H_ */
