/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file conf.h
 * Load a plugin's settings from a text.
 */

#ifndef CONF_H_
#define CONF_H_

#include <options.h>

/**
 * What a plugin refuses.
 */
typedef struct {
	/** what is in its section */
	char *conf;
	/** what the only line about it starts with */
	char *error;
} conf_invalid_t;

/**
 * Test test_invalid of what a plugin refuses, to be run in a loop.
 *
 * @param schema	schema of its section
 * @param invalid	array of conf_invalid_t
 */
#define SETTINGS_TESTS(schema, invalid) \
	START_TEST(test_invalid) \
	{ \
		conf_assert_error(&schema, invalid[_i].conf, invalid[_i].error); \
	} \
	END_TEST

/**
 * Load a section. Fails the test if the text can't be parsed, or if there are
 * errors but settings, or neither.
 *
 * @param schema	schema of the section
 * @param section	its name in the text
 * @param conf		text
 * @param errors	gets what is wrong
 * @return			struct of the schema, NULL if the section is invalid
 */
void *conf_load(const options_schema_t *schema, const char *section,
				const char *conf, option_errors_t *errors);

/**
 * As conf_load(), for a section that is valid: else the test fails.
 */
void *conf_valid(const options_schema_t *schema, const char *section,
				 const char *conf);

/**
 * Fail the test unless a section has just one error.
 *
 * @param schema	schema of the section
 * @param content	what is in the section
 * @param error		what the line about the error starts with
 */
void conf_assert_error(const options_schema_t *schema, const char *content,
					   const char *error);

#endif /** CONF_H_ */
