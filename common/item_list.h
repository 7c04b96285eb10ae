/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file item_list.h
 * Comma separated lists, parts of which may be in files.
 */

#ifndef ITEM_LIST_H_
#define ITEM_LIST_H_

#include "option_errors.h"

/**
 * What an item that stands for those in a file starts with.
 */
#define ITEM_LIST_FILE "@/"

/**
 * Called for an item, without white space around it; may be empty.
 *
 * @param data		as given to item_list_parse()
 * @param item		may be changed
 * @param where		"FILE:LINE" that it is from, NULL if it is in the list
 */
typedef void (*item_list_cb_t)(void *data, char *item, const char *where);

/**
 * Go through a list. In place of an item @/path/to/file come those of the file:
 * one a line; empty lines and what follows a # don't count. A file that isn't
 * there, or has none, is an error.
 *
 * @param str		list
 * @param errors	gets what is wrong with files
 * @param key		name of the option in errors
 * @param cb		called for each item
 * @param data		passed to cb
 */
void item_list_parse(const char *str, option_errors_t *errors, const char *key,
					 item_list_cb_t cb, void *data);

#endif /** ITEM_LIST_H_ */
