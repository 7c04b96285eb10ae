/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file fields.h
 * Types of fields in JSON: all is text in messages.
 */

#ifndef FIELDS_H_
#define FIELDS_H_

typedef enum field_type_t field_type_t;

enum field_type_t {
	FIELD_TEXT,
	FIELD_NUMBER,
	FIELD_FLAG,
	/** a section that has numbers only */
	FIELD_NUMBERS,
};

/**
 * Get the type of a field, by its name, which says it all, whatever plugin it
 * is of.
 *
 * @param name		name of the field, NULL for an item of a list
 */
field_type_t field_type(const char *name);

#endif /** FIELDS_H_ */
