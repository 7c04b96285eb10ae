/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file metrics.h
 * What all plugins count, in Prometheus' text format 0.0.4: what `stats` has
 * are counters, and other numbers and flags of `status` gauges.
 */

#ifndef METRICS_H_
#define METRICS_H_

#include "session.h"

/**
 * Print the metrics.
 *
 * @param session	open session
 * @return			FALSE if there is no answer, which is a metric as well
 */
bool metrics(session_t *session);

/**
 * Print that charon is away.
 */
void metrics_away(void);

#endif /** METRICS_H_ */
