/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file accounting_events.h
 * What clients of control are told: doc/control.md.
 */

#ifndef ACCOUNTING_EVENTS_H_
#define ACCOUNTING_EVENTS_H_

#include "accounting_session.h"

/**
 * Tell about a limit.
 *
 * @param type			what happens by it: warning, closed or refused
 * @param unique_id		of the IKE_SA
 * @param limit			its key within the plugin's section
 * @param left			seconds until the session ends
 */
void accounting_tell_limit(const char *type,
						   const accounting_session_t *session,
						   uint32_t unique_id, const char *limit,
						   uint32_t left);

#endif /** ACCOUNTING_EVENTS_H_ */
