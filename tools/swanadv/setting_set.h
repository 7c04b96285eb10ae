/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_set.h
 * Changes settings: in the file that belongs to this, and in charon.
 */

#ifndef SETTING_SET_H_
#define SETTING_SET_H_

#include "session.h"

/**
 * Exit status if there is nothing to change. It is 0 if something was changed,
 * 1 if it was refused, and 2 if the call makes no sense.
 */
#define SETTING_UNCHANGED 3

/**
 * How to do it.
 */
typedef struct {
	/** where charon is, not open; and what to print */
	session_t *session;
	/** strongswan.conf */
	const char *conf;
	/** file to write, NULL for the one that belongs to this */
	const char *file;
	/** only show what would be changed */
	bool dry_run;
	/** seconds for somebody to confirm it, 0 if nobody has to */
	u_int confirm;
} setting_call_t;

/**
 * Set an option, or several of a section.
 *
 * @param args			its key and value, in words if it is a list; or the key
 *						of a section, and KEY=VALUE...
 * @return				exit status
 */
int setting_set(setting_call_t *call, char *args[]);

/**
 * Unset an option or a section.
 *
 * @param args			its key
 * @return				exit status
 */
int setting_unset(setting_call_t *call, char *args[]);

/**
 * Confirm what waits for it.
 *
 * @return				exit status
 */
int setting_confirm(setting_call_t *call);

#endif /** SETTING_SET_H_ */
