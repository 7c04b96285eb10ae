/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file overview.h
 * The overview: what each plugin does, and what needs attention.
 */

#ifndef OVERVIEW_H_
#define OVERVIEW_H_

#include "session.h"

/**
 * Exit status, as monitoring takes it.
 */
enum {
	OVERVIEW_FINE = 0,
	/** something isn't as it could be */
	OVERVIEW_WARNING = 1,
	/** something isn't in force, or nobody answers */
	OVERVIEW_CRITICAL = 2,
};

/**
 * Something that needs a look: a list in the answer to status, if it isn't
 * empty.
 */
typedef struct {
	/** the list */
	const char *name;
	/** what a line about an item begins with */
	const char *label;
	/** exit status */
	int status;
	/** whether each plugin has one */
	bool plugins;
	/** what their number is */
	const char *help;
} overview_look_t;

#define OVERVIEW_LOOKS 5

/**
 * All that need a look, worst first.
 */
extern const overview_look_t overview_looks[OVERVIEW_LOOKS];

/**
 * Print the overview.
 *
 * @param session	open session
 * @param verbose	TRUE to print all that plugins say
 * @return			exit status
 */
int overview(session_t *session, bool verbose);

/**
 * Load strongswan.conf again, and print what became of each plugin's settings
 * on a line; what is wrong is on stderr.
 *
 * @param session	open session
 * @return			FALSE if something is, or if there is no answer
 */
bool overview_reload(session_t *session);

#endif /** OVERVIEW_H_ */
