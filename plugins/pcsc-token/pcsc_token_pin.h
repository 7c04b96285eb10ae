/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_pin.h
 * When the PIN of a token is tried, of the few times before a card is blocked.
 */

#ifndef PCSC_TOKEN_PIN_H_
#define PCSC_TOKEN_PIN_H_

#include "pcsc_token_process.h"
#include "pcsc_token_settings.h"

typedef enum pcsc_token_login_t pcsc_token_login_t;

/**
 * What became of a login.
 */
enum pcsc_token_login_t {
	PCSC_TOKEN_LOGGED_IN,
	/** the card refused the PIN */
	PCSC_TOKEN_REFUSED,
	/** the card has the PIN blocked or one try left, nothing was tried */
	PCSC_TOKEN_BLOCKED,
	/** there is no PIN that may be tried */
	PCSC_TOKEN_NO_PIN,
	/** something else failed */
	PCSC_TOKEN_ERROR,
};

/**
 * Log in to a card and find its key, if that does no harm. Once it has refused
 * a PIN, nothing but another PIN is tried, and that only if the settings were
 * loaded anew.
 *
 * @param token		token with the PIN, or the name of a file that has it
 * @param process	helper that has the card open
 * @param reloaded	whether the settings were loaded anew since
 * @param refused	PIN that the card refused, chunk_empty if it didn't; gets
 *					another, to be wiped by chunk_clear()
 * @param reason	gets why it failed
 * @return			what became of it
 */
pcsc_token_login_t pcsc_token_pin_login(const pcsc_token_t *token,
										pcsc_token_process_t *process,
										bool reloaded, chunk_t *refused,
										char reason[BUF_LEN]);

#endif /** PCSC_TOKEN_PIN_H_ */
