/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_help.h
 * What the .opt files say about an option, ours and those of the host's charon.
 */

#ifndef SETTING_HELP_H_
#define SETTING_HELP_H_

typedef struct setting_help_t setting_help_t;

struct setting_help_t {
	/** key, with <what> in place of each name that is free */
	const char *key;
	/** default as it is written, "" if there is none */
	const char *def;
	/** what it is about, in plain text */
	const char *text;
};

/**
 * Find what is said about an option.
 *
 * @param key		key, with <name> in place of names that are free
 * @return			NULL if nothing is
 */
const setting_help_t *setting_help_find(const char *key);

#endif /** SETTING_HELP_H_ */
