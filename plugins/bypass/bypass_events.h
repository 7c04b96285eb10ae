/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_events.h
 * What clients of control are told: doc/control.md.
 */

#ifndef BYPASS_EVENTS_H_
#define BYPASS_EVENTS_H_

#include "bypass_kernel.h"

/**
 * Tell clients of control that a plan was put in force, if that changed
 * something.
 *
 * @param old			plan of before, NULL if there was none
 * @param new			plan now in force
 * @param changes		what was done to policies
 */
void bypass_tell_changed(bypass_plan_t *old, bypass_plan_t *new,
						 bypass_changes_t *changes);

#endif /** BYPASS_EVENTS_H_ */
