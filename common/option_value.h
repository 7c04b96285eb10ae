/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file option_value.h
 * A single option, and its value: from text to a member of a struct.
 */

#ifndef OPTION_VALUE_H_
#define OPTION_VALUE_H_

#include <library.h>

#include "option_errors.h"

typedef struct option_t option_t;
typedef struct options_schema_t options_schema_t;
typedef struct options_sections_t options_sections_t;
typedef enum option_type_t option_type_t;

/**
 * Value of an integer or time option that has no default and isn't set.
 */
#define OPTION_UNSET UINT32_MAX

/**
 * Value of an enum option that has no default and isn't set.
 */
#define OPTION_UNSET_ENUM (-1)

/**
 * Types of options, with the type of the struct member each is stored in.
 * Pointers are NULL if the option has no default and isn't set.
 */
enum option_type_t {
	/** bool: yes/no, true/false, enabled/disabled, 1/0 */
	OPTION_BOOL,
	/** uint32_t: decimal integer within min and max */
	OPTION_INT,
	/** double: decimal number within min and max, which are in thousandths */
	OPTION_DECIMAL,
	/** uint32_t, in seconds: 90, 90s, 5m, 2h, 1d, within min and max */
	OPTION_TIME,
	/** int: index in a NULL terminated list of names, case is ignored */
	OPTION_ENUM,
	/** char*: non-empty string */
	OPTION_STRING,
	/** char*: as OPTION_STRING, for secrets: wiped when the struct is freed,
	 * and no error shows it or the value of an unknown key beside it, which
	 * may be the same in a misspelled one */
	OPTION_SECRET,
	/** glob_list_t* */
	OPTION_GLOBS,
	/** linked_list_t* of traffic_selector_t*: comma separated networks,
	 * address ranges and addresses of either family, any protocol and port;
	 * @/path/to/file for those in a file, see item_list.h */
	OPTION_SUBNETS,
	/** identification_t*: as an identity in swanctl.conf */
	OPTION_ID,
	/** options_sections_t: any number of named subsections, in file order; may
	 * hold such options themselves, three levels deep at most */
	OPTION_SECTIONS,
};

/**
 * Subsections in the order of the file. Each item is a pointer to a struct of
 * the section's schema.
 */
struct options_sections_t {
	void **items;
	u_int count;
};

/**
 * An option of a section.
 */
struct option_t {
	/** name, without its section */
	const char *key;
	/** name it had before, to tell who still uses that; NULL if none */
	const char *was;
	option_type_t type;
	/** where in the section's struct its value goes */
	size_t offset;
	/** default as written in strongswan.conf, NULL if there is none */
	const char *def;
	/** OPTION_INT, OPTION_TIME, OPTION_DECIMAL: smallest and largest value */
	uint32_t min;
	uint32_t max;
	/** OPTION_ENUM: accepted names */
	const char *const *names;
	/** OPTION_SECTIONS: what each of them holds; max is the largest number */
	const options_schema_t *section;
	/** is it of no effect where charon has no IKEv1? */
	bool ikev1;
};

/**
 * Parse a decimal number, which is all of a string.
 *
 * @param min		smallest one accepted
 * @param max		largest one
 * @param out		gets it
 * @return			FALSE if it isn't one
 */
bool option_number_parse(const char *str, uint32_t min, uint32_t max,
						 uint32_t *out);

/**
 * Set a member to what stands for an unset option.
 *
 * @param option	option of any type
 * @param slot		member of the struct
 */
void option_value_init(const option_t *option, void *slot);

/**
 * Parse a value. If it is invalid, one or more errors are added and the member
 * has no defined value, but may be passed to option_value_clear().
 *
 * @param option	option of any type but OPTION_SECTIONS
 * @param value		text to parse
 * @param slot		unset member of the struct
 * @param errors	gets what is wrong
 * @param key		name of the option in errors
 */
void option_value_parse(const option_t *option, const char *value, void *slot,
						option_errors_t *errors, const char *key);

/**
 * Free what a member holds and unset it.
 *
 * @param option	option of any type but OPTION_SECTIONS
 * @param slot		member of the struct
 */
void option_value_clear(const option_t *option, void *slot);

/**
 * Say what an option accepts: "expected 1-65535".
 *
 * @param option	option of any type
 * @param buf		gets the text
 * @param len		size of buf
 */
void option_value_describe(const option_t *option, char *buf, size_t len);

#endif /** OPTION_VALUE_H_ */
