/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_claims.h
 * Which tokens of the settings belong to the card in a reader.
 */

#ifndef PCSC_TOKEN_CLAIMS_H_
#define PCSC_TOKEN_CLAIMS_H_

#include "pcsc_token_settings.h"

/**
 * Find out who a token's key on the card in a reader belongs to: the first
 * token in the file that is for this reader and names the same key (handle,
 * module and slot) has it. A card may hold several keys.
 *
 * @param settings		settings
 * @param token			one of its tokens
 * @param reader		name of the reader
 * @return				NULL if token isn't for this reader, token itself if
 *						it gets the key, else the one that has it
 */
pcsc_token_t *pcsc_token_claim(const pcsc_token_settings_t *settings,
							   pcsc_token_t *token, const char *reader);

/**
 * Find a token by its name.
 *
 * @return				NULL if there is none
 */
pcsc_token_t *pcsc_token_find(const pcsc_token_settings_t *settings,
							  const char *name);

#endif /** PCSC_TOKEN_CLAIMS_H_ */
