/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file overview.h
 * The overview: what each plugin does, and what needs attention.
 */

#ifndef OVERVIEW_H_
#define OVERVIEW_H_

#include "session.h"

/**
 * Print the overview.
 *
 * @param session	open session
 * @return			FALSE if there is no answer
 */
bool overview(session_t *session);

#endif /** OVERVIEW_H_ */
