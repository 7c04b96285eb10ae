/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file print.h
 * Shows messages. Whatever a message holds, nothing reaches the terminal but
 * printable characters.
 */

#ifndef PRINT_H_
#define PRINT_H_

#include "node.h"

/**
 * Print a tree as JSON, without a newline; what are numbers and booleans by
 * their names is printed as such.
 */
void print_json(FILE *out, node_t *node);

/**
 * Print a tree as JSON, on a line.
 */
void print_document(node_t *node);

/**
 * Print a tree with a line for each key, indented by sections, and its tables.
 *
 * @param node		section
 * @param level		how far to indent
 */
void print_tree(node_t *node, u_int level);

/**
 * Print the values of a section on one line: "key value, key value".
 *
 * @param node		section; its sections and empty lists are left out
 * @param lists		TRUE to print lists as well, "key item item"
 */
void print_line(node_t *node, bool lists);

/**
 * Print sections as a table, a row for each, with a column for each key that
 * one of them has.
 *
 * @param nodes		node_t*, sections
 */
void print_table(array_t *nodes);

/**
 * Print text, and escape what isn't printable.
 *
 * @param out		where to
 * @param text		text
 */
void print_text(FILE *out, const char *text);

/**
 * Print a line on stderr, after the program's name. What isn't printable is
 * escaped.
 */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * As complain(), about something in a file.
 *
 * @param where		"file:line", in place of the program's name
 * @param plugin	whose section it is in, NULL if in none
 * @param message	what is wrong
 */
void complain_at(const char *where, const char *plugin, const char *message);

/**
 * Have the following collected for complain_done(), or not.
 */
void complain_as_json(bool json);

/**
 * Print what was collected on stderr, as JSON.
 */
void complain_done(void);

/**
 * Have everything printed on stdout that was meant to, and say why if it can't
 * be, once.
 *
 * @param more		TRUE if more is to come: it fails if nobody will read that
 * @return			FALSE if something couldn't
 */
bool print_done(bool more);

#endif /** PRINT_H_ */
