/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_initiator.h
 * Initiate connections once a card is there.
 */

#ifndef PCSC_TOKEN_INITIATOR_H_
#define PCSC_TOKEN_INITIATOR_H_

#include "pcsc_token_card.h"

/**
 * Initiate the connections that a token names, with all their CHILD_SAs.
 * Connections that have an IKE_SA already are left alone. As they may be
 * loaded after the card was found, at the start of charon, they are waited
 * for as long as the card is there.
 *
 * @param settings		settings with the token, a reference is taken
 * @param token			token whose key was loaded
 * @param card			card that it is on, a reference is taken
 */
void pcsc_token_initiate(pcsc_token_settings_t *settings, pcsc_token_t *token,
						 pcsc_token_card_t *card);

#endif /** PCSC_TOKEN_INITIATOR_H_ */
