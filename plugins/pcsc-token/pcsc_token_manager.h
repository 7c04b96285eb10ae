/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_cards.h
 * The cards in all readers.
 */

#ifndef PCSC_TOKEN_CARDS_H_
#define PCSC_TOKEN_CARDS_H_

#include "pcsc_token_card.h"
#include "pcsc_token_readers.h"
#include "pcsc_token_sas.h"

#include <options_store.h>

typedef struct pcsc_token_cards_t pcsc_token_cards_t;

/**
 * What is done when a card comes or goes. Thread-safe; nothing waits for a
 * card or pcscd, that is left to jobs.
 */
struct pcsc_token_cards_t {

	/**
	 * Act on what happened. To be called by the watcher alone.
	 *
	 * Keys of a card that was inserted, released or found again are loaded,
	 * and what they are for is initiated; those of a removed one are unloaded,
	 * and IKE_SAs closed. While there is no pcscd, nobody waits for a card,
	 * and until all has settled, cards may turn up in other readers.
	 *
	 * @param event		what happened
	 */
	void (*handle)(pcsc_token_cards_t *this, const pcsc_token_event_t *event);

	/**
	 * Load keys again whose helpers ended by themselves, to be called now and
	 * then: modules may crash. And note which readers there are.
	 *
	 * @param states	readers
	 * @param count		number of them
	 */
	void (*check)(pcsc_token_cards_t *this, const pcsc_token_reader_t *states,
				  u_int count);

	/**
	 * Wait for no card anymore, as charon is about to stop. May be called in
	 * a bus hook.
	 */
	void (*stop)(pcsc_token_cards_t *this);

	/**
	 * Load the keys that the new settings want from the cards there are.
	 */
	void (*reload)(pcsc_token_cards_t *this);

	/**
	 * List the cards and what was loaded from them, and empty readers.
	 *
	 * @param cb		called for each key, each card without and each reader
	 *					without; must not block
	 * @param data		passed to cb
	 */
	void (*list)(pcsc_token_cards_t *this, pcsc_token_list_t cb, void *data);

	/**
	 * Destroy a pcsc_token_cards_t.
	 */
	void (*destroy)(pcsc_token_cards_t *this);
};

/**
 * Create an object that knows of no cards.
 *
 * @param store			settings in force
 * @param sas			IKE_SAs
 */
pcsc_token_cards_t *pcsc_token_cards_create(options_store_t *store,
											pcsc_token_sas_t *sas);

#endif /** PCSC_TOKEN_CARDS_H_ */
