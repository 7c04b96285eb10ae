/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_events.h
 * What clients of control are told: doc/control.md.
 */

#ifndef PCSC_TOKEN_EVENTS_H_
#define PCSC_TOKEN_EVENTS_H_

/**
 * Tell about an event. May be called while locks are held.
 *
 * @param type			what happened: "inserted", "removed", "loaded",
 *						"failed", "pcscd-lost" or "pcscd-back"
 * @param reader		name of the reader as it is printed, or NULL
 * @param token			name of the token, or NULL
 */
void pcsc_token_tell(const char *type, const char *reader, const char *token);

#endif /** PCSC_TOKEN_EVENTS_H_ */
