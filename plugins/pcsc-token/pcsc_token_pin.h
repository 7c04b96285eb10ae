/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_pin.h
 * When the PIN of a token is tried, of the few times before a card is blocked.
 */

#ifndef PCSC_TOKEN_PIN_H_
#define PCSC_TOKEN_PIN_H_

#include "pcsc_token_session.h"

/**
 * Log in to a card, if that does no harm. Once it has refused a PIN, nothing
 * but another PIN is tried, and that only if the settings were loaded anew.
 *
 * @param token		token with the PIN, or the name of a file that has it
 * @param session	session with the card
 * @param reloaded	whether the settings were loaded anew since
 * @param refused	PIN that the card refused, chunk_empty if it didn't; gets
 *					another, to be wiped by chunk_clear()
 * @param reason	gets why it failed
 * @param len		size of reason
 * @return			what became of it
 */
pcsc_token_login_t pcsc_token_pin_login(const pcsc_token_t *token,
										pcsc_token_session_t *session,
										bool reloaded, chunk_t *refused,
										char *reason, size_t len);

#endif /** PCSC_TOKEN_PIN_H_ */
