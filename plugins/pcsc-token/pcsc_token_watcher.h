/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_watcher.h
 * Keeps an eye on pcscd and its readers.
 */

#ifndef PCSC_TOKEN_WATCHER_H_
#define PCSC_TOKEN_WATCHER_H_

#include "pcsc_token_cards.h"

typedef struct pcsc_token_watcher_t pcsc_token_watcher_t;

/**
 * A job of its own that reads what a helper reports, and tells cards about it.
 */
struct pcsc_token_watcher_t {

	/**
	 * Use the new settings.
	 */
	void (*reload)(pcsc_token_watcher_t *this);

	/**
	 * Is pcscd there, and does it answer?
	 */
	bool (*is_up)(pcsc_token_watcher_t *this);

	/**
	 * Stop watching, without blocking. May be called in a bus hook.
	 */
	void (*stop)(pcsc_token_watcher_t *this);

	/**
	 * Destroy a pcsc_token_watcher_t, once its job is gone.
	 */
	void (*destroy)(pcsc_token_watcher_t *this);
};

/**
 * Start watching.
 *
 * @param store			settings in force
 * @param cards			whom to tell
 */
pcsc_token_watcher_t *pcsc_token_watcher_create(options_store_t *store,
												pcsc_token_cards_t *cards);

#endif /** PCSC_TOKEN_WATCHER_H_ */
