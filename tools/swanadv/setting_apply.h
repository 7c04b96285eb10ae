/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file setting_apply.h
 * Puts new settings in force, or else the file back as it was.
 */

#ifndef SETTING_APPLY_H_
#define SETTING_APPLY_H_

#include "session.h"
#include "setting_file.h"

typedef enum setting_applied_t setting_applied_t;

enum setting_applied_t {
	/** charon has them */
	SETTING_APPLIED,
	/** charon doesn't run, and has them once it starts */
	SETTING_AT_START,
	/** it refuses, the file is as it was, which was said */
	SETTING_REFUSED,
};

/**
 * Have signals that end the program put the file back instead, from now on.
 */
void setting_apply_begin(void);

/**
 * Have charon load what was written, or put the file back.
 *
 * @param session		where charon is, not open yet; stays open if it runs
 * @param file			file that was replaced
 */
setting_applied_t setting_apply(session_t *session, setting_file_t *file);

/**
 * Is there a terminal that ENTER may be pressed on, and not for others?
 */
bool setting_apply_typed(void);

/**
 * Wait for somebody to confirm what charon has loaded, or put the file back.
 *
 * @param session		open session
 * @param file			file that was replaced
 * @param seconds		how long
 * @return				FALSE if it was put back, after saying so
 */
bool setting_apply_confirm(session_t *session, setting_file_t *file,
						   u_int seconds);

#endif /** SETTING_APPLY_H_ */
