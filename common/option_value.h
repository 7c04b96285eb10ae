/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file option_value.h
 * The value of a single option: from text to a member of a struct.
 */

#ifndef OPTION_VALUE_H_
#define OPTION_VALUE_H_

#include "options.h"

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
