/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_ruleset.h
 * What the settings mean in nft's language.
 */

#ifndef FILTERMODE_RULESET_H_
#define FILTERMODE_RULESET_H_

#include "filtermode_settings.h"

#include <collections/array.h>

typedef struct filtermode_ruleset_t filtermode_ruleset_t;
typedef struct filtermode_set_t filtermode_set_t;

/**
 * A set of CHILD_SAs in the table, by reqid: that doesn't change when they are
 * rekeyed. CHILD_SAs between the same networks share one.
 *
 * A packet passes with its CHILD_SA in the set and not without, so a set that
 * is behind the CHILD_SAs never lets too much pass.
 */
struct filtermode_set_t {
	char *name;
	/** whose CHILD_SAs, NULL for those with IPComp */
	const peer_match_t *peers;
	/** whether those are in the set that are named, or those that aren't */
	bool matching;
};

/**
 * Immutable.
 */
struct filtermode_ruleset_t {
	refcount_t ref;
	filtermode_settings_t *settings;
	/** device that packets of all CHILD_SAs come from and go to, as userspace
	 * does ESP, or NULL; not adopted */
	const char *tun;
	/** the table, without elements in its sets */
	char *text;
	/** of filtermode_set_t* */
	array_t *sets;
	/** first line of text that is of rules_file, and their number */
	u_int file_line;
	u_int file_lines;
};

/**
 * Comment by which our tables are known.
 */
#define FILTERMODE_COMMENT "charon filtermode"

/**
 * Create the ruleset.
 *
 * @param settings		valid settings in a mode other than off, a reference
 *						is taken
 * @param file			content of rules_file, NULL if there is none
 * @param tun			device of ESP in userspace, has to outlive the ruleset;
 *						NULL if there is none
 */
filtermode_ruleset_t *filtermode_ruleset_create(
								filtermode_settings_t *settings,
								const char *file, const char *tun);

/**
 * Check that a rules_file stays within our table, where each brace that it
 * closes is one that it opened, is complete, and leaves the table's flags
 * alone.
 *
 * @param line			gets the line where it doesn't
 * @return				what is wrong there, NULL if nothing
 */
const char *filtermode_ruleset_check_file(const char *file, u_int *line);

/**
 * Create the ruleset of settings, with the file they name.
 *
 * @param tun		as in filtermode_ruleset_create()
 * @param ruleset	gets it, NULL in mode off
 * @param buf		gets what is wrong
 * @param len		size of buf
 * @return			FALSE if anything is
 */
bool filtermode_ruleset_load(filtermode_settings_t *settings, const char *tun,
							 filtermode_ruleset_t **ruleset, char *buf,
							 size_t len);

/**
 * Get another reference.
 */
filtermode_ruleset_t *filtermode_ruleset_ref(filtermode_ruleset_t *this);

/**
 * Release a reference, of NULL too.
 */
void filtermode_ruleset_unref(filtermode_ruleset_t *this);

#endif /** FILTERMODE_RULESET_H_ */
