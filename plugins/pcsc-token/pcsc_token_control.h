/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_control.h
 * What the plugin control shows of cards, and the events it passes on.
 */

#ifndef PCSC_TOKEN_CONTROL_H_
#define PCSC_TOKEN_CONTROL_H_

#include "pcsc_token_manager.h"

typedef struct pcsc_token_control_t pcsc_token_control_t;

/**
 * An offer to control: a command, "list-tokens", an event, "token", and a
 * status.
 */
struct pcsc_token_control_t {

	/**
	 * Withdraw the offer.
	 */
	void (*destroy)(pcsc_token_control_t *this);
};

/**
 * Tell about an event. May be called while locks are held.
 *
 * @param type			what happened: "inserted", "removed", "loaded",
 *						"failed", "pcscd-lost" or "pcscd-back"
 * @param reader		name of the reader as it is printed, or NULL
 * @param token			name of the token, or NULL
 */
void pcsc_token_tell(const char *type, const char *reader, const char *token);

/**
 * Offer what there is to control. To be called from the callback of a plugin
 * feature.
 *
 * @param store			settings
 * @param manager		knows what there is
 */
pcsc_token_control_t *pcsc_token_control_create(options_store_t *store,
												pcsc_token_manager_t *manager);

#endif /** PCSC_TOKEN_CONTROL_H_ */
