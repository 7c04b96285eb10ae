/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file explainer.h
 * What applies to somebody before he connects.
 */

#ifndef EXPLAINER_H_
#define EXPLAINER_H_

#include "session.h"

/**
 * Print what the plugins say.
 *
 * @param session	open session
 * @param name		his identity or address
 * @return			FALSE if there is no answer
 */
bool explain(session_t *session, const char *name);

#endif /** EXPLAINER_H_ */
