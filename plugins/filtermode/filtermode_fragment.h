/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_fragment.h
 * The file with more of nft's language for our table.
 */

#ifndef FILTERMODE_FRAGMENT_H_
#define FILTERMODE_FRAGMENT_H_

#include "filtermode_ruleset.h"

/**
 * Check that a fragment stays within our table, where each brace that it closes
 * is one that it opened, is complete, and leaves the table's flags alone.
 *
 * @param line			gets the line where it doesn't
 * @return				what is wrong there, NULL if nothing
 */
const char *filtermode_fragment_check(const char *file, u_int *line);

/**
 * Create the ruleset of settings, with the file they name.
 *
 * @param tun		as in filtermode_ruleset_create()
 * @param ruleset	gets it, NULL in mode off
 * @param buf		gets what is wrong
 * @param len		size of buf
 * @return			FALSE if anything is
 */
bool filtermode_fragment_load(filtermode_settings_t *settings, const char *tun,
							  filtermode_ruleset_t **ruleset, char *buf,
							  size_t len);

#endif /** FILTERMODE_FRAGMENT_H_ */
