/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_events.h
 * What clients of control are told: doc/control.md.
 */

#ifndef STRICT_BIND_EVENTS_H_
#define STRICT_BIND_EVENTS_H_

#include "strict_bind_endpoint.h"

#include <offer.h>

/**
 * Write what identifies a socket.
 */
void strict_bind_write_target(control_out_t *out,
							  const strict_bind_target_t *target);

/**
 * Tell clients of control what happened to a socket.
 *
 * @param type			"bound", "released" or "failed"
 * @param target		where it is or was
 * @param error			errno if it failed
 */
void strict_bind_tell(const char *type, const strict_bind_target_t *target,
					  int error);

#endif /** STRICT_BIND_EVENTS_H_ */
