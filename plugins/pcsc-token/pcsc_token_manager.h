/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_manager.h
 * The cards in all readers, and what is done when they come and go.
 */

#ifndef PCSC_TOKEN_MANAGER_H_
#define PCSC_TOKEN_MANAGER_H_

#include "pcsc_token_card.h"

#include <options_store.h>

typedef struct pcsc_token_manager_t pcsc_token_manager_t;

/**
 * Loads the keys of cards that are inserted, and initiates what they are for;
 * unloads them and has IKE_SAs closed when cards are removed. Thread-safe;
 * nothing waits for a card or pcscd, that is left to jobs.
 */
struct pcsc_token_manager_t {

	/**
	 * Load the keys that the new settings want from the cards there are.
	 */
	void (*reload)(pcsc_token_manager_t *this);

	/**
	 * List the cards and what was loaded from them, and empty readers.
	 *
	 * @param cb		called for each key, each card without and each reader
	 *					without; must not block
	 * @param data		passed to cb
	 * @return			whether pcscd is there, and answers
	 */
	bool (*list)(pcsc_token_manager_t *this, pcsc_token_list_t cb, void *data);

	/**
	 * Destroy a pcsc_token_manager_t, once there are no jobs anymore.
	 */
	void (*destroy)(pcsc_token_manager_t *this);
};

/**
 * Start to watch readers.
 *
 * @param store			settings in force
 */
pcsc_token_manager_t *pcsc_token_manager_create(options_store_t *store);

#endif /** PCSC_TOKEN_MANAGER_H_ */
