/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file monitor.h
 * Prints events as they come.
 */

#ifndef MONITOR_H_
#define MONITOR_H_

#include "session.h"

/**
 * Print events until the connection ends, or there were enough.
 *
 * @param session	open session
 * @param names		names of events, NULL terminated; all there are if empty
 * @param count		number of events after which to end, 0 for never
 * @return			FALSE if an event isn't known, or the connection ended
 */
bool monitor(session_t *session, char *names[], u_int count);

#endif /** MONITOR_H_ */
