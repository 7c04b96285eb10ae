/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file opt_file.h
 * Compare a plugin's .opt file, from which its documentation is made, with the
 * table its options are parsed by. The format of these files is described in
 * strongSwan's conf/format-options.py.
 */

#ifndef OPT_FILE_H_
#define OPT_FILE_H_

#include <options.h>

#include <stdio.h>

/**
 * Find options that only one of a schema and an .opt file has, or that have
 * another default in the other. The plugin loader's "load" is left out.
 *
 * @param schema	schema of a plugin's root section
 * @param file		.opt file, read up to its end
 * @return			a line for each difference, allocated, "" if there is none
 */
char *opt_file_compare(const options_schema_t *schema, FILE *file);

/**
 * Fail the test if the schema of a plugin's root section and the plugin's .opt
 * file differ.
 */
void assert_opt_matches(const options_schema_t *schema);

#endif /** OPT_FILE_H_ */
