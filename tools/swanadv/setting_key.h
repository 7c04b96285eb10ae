/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_key.h
 * What a key of strongswan.conf is the key of.
 */

#ifndef SETTING_KEY_H_
#define SETTING_KEY_H_

#include <option_value.h>

typedef struct setting_key_t setting_key_t;

struct setting_key_t {
	/** its option, NULL for a section */
	const option_t *option;
	/** length of the innermost section of any name that it is in, or is, 0 if
	 * there is none */
	size_t named;
};

/**
 * What the plugin loader reads, of each plugin.
 */
extern const option_t setting_key_load;

/**
 * Find out what a key is, one of setting list's, with names for <name>, or
 * whether any plugin is loaded, or a section of such keys, not one that others
 * have parts in, as charon.
 *
 * @param key			key with its sections
 * @param out			gets what it is
 * @return				NULL, or what is wrong with it
 */
const char *setting_key_find(const char *key, setting_key_t *out);

#endif /** SETTING_KEY_H_ */
