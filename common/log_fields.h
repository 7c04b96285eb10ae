/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file log_fields.h
 * What journald and syslogd are told beside text.
 */

#ifndef LOG_FIELDS_H_
#define LOG_FIELDS_H_

#include <bio/bio_writer.h>

/**
 * Names of syslog's facilities, ends with NULL, for an option.
 */
extern const char *const log_facilities[];

/**
 * Get a facility as for syslog(3).
 *
 * @param index			index of its name
 */
int log_facility(int index);

/**
 * Add a field to a datagram for journald.
 *
 * @param name			its name, upper case
 * @param value			text, with line feeds or without
 */
void log_fields_add(bio_writer_t *writer, const char *name, const char *value);

/**
 * Add a field that is a number.
 */
void log_fields_add_number(bio_writer_t *writer, const char *name,
						   uint64_t value);

#endif /** LOG_FIELDS_H_ */
