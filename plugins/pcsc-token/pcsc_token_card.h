/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_card.h
 * A card in a reader, from its insertion to its removal.
 */

#ifndef PCSC_TOKEN_CARD_H_
#define PCSC_TOKEN_CARD_H_

#include "pcsc_token_sas.h"
#include "pcsc_token_settings.h"

typedef struct pcsc_token_card_t pcsc_token_card_t;
typedef enum pcsc_token_load_t pcsc_token_load_t;

/**
 * Called for a key that was loaded, a card of which none was, or a reader
 * without a card.
 *
 * @param data			as given
 * @param reader		name of the reader, as it is printed
 * @param token			name of the token, or NULL
 * @param state			"loaded", "unused", "held" or "empty"
 */
typedef void (*pcsc_token_list_t)(void *data, const char *reader,
								  const char *token, const char *state);

/**
 * Why keys are loaded.
 */
enum pcsc_token_load_t {
	/** the card was inserted */
	PCSC_TOKEN_LOAD_INSERTED,
	/** pcscd is back and there is a card in the reader, maybe the same one */
	PCSC_TOKEN_LOAD_AGAIN,
	/** the settings were loaded anew */
	PCSC_TOKEN_LOAD_RELOAD,
};

/**
 * A card, and what was loaded from it. Thread-safe.
 *
 *             load()        opened, logged in
 *   inserted -------> asked ------------------> loaded     each key of it
 *                     ^   | \                     |
 *                     |   |  `--> unused          | is_broken(), or found
 *                     |   |       failed: no key, | again after an outage
 *                     |   |       PIN refused...  | and load() again
 *   set_held(FALSE)   |   | held by another       |
 *   and load() again  |   v                       |
 *                     `- held                     |
 *                     ^                           |
 *                     `---------------------------'
 *
 * remove() leads from all of them to gone, as suspend() for good does, which
 * leaves the keys to remove(). For an outage, suspend() takes who is asking
 * back to unused, and loaded keys, that can't sign then, remain: they are
 * replaced by load() once pcscd is back, or removed. A refused PIN is kept
 * until the card is gone.
 */
struct pcsc_token_card_t {

	/**
	 * Load what the settings want from this card. Takes seconds, so it isn't
	 * called by the watcher.
	 *
	 * A key that is loaded anew replaces the old one; if it is another one,
	 * the old one counts as removed. A PIN that the card refused isn't tried
	 * again, unless the settings were loaded anew and have another one.
	 *
	 * @param settings	settings in force
	 * @param why		why
	 */
	void (*load)(pcsc_token_card_t *this,
				 const pcsc_token_settings_t *settings, pcsc_token_load_t why);

	/**
	 * The card is gone: unload everything, and have IKE_SAs closed.
	 *
	 * @param settings	settings in force
	 * @param sure		FALSE if it may be in another reader
	 */
	void (*remove)(pcsc_token_card_t *this,
				   const pcsc_token_settings_t *settings, bool sure);

	/**
	 * Don't wait for the card anymore: kill what talks to it. Doesn't block.
	 *
	 * @param stop		TRUE to never start it again
	 */
	void (*suspend)(pcsc_token_card_t *this, bool stop);

	/**
	 * Note whether somebody else has the card for himself. While that is so,
	 * nothing can be loaded from it.
	 *
	 * @param held		whether he has
	 * @return			TRUE to call load(), as that waits for the release
	 */
	bool (*set_held)(pcsc_token_card_t *this, bool held);

	/**
	 * Did a helper that uses one of the keys end by itself? Asks once about
	 * each helper.
	 */
	bool (*is_broken)(pcsc_token_card_t *this);

	/**
	 * Is a token's key loaded, and the card still there?
	 *
	 * @param token		name of the token
	 */
	bool (*has)(pcsc_token_card_t *this, const char *token);

	/**
	 * List what was loaded.
	 *
	 * @param cb		called for each key, or once without a token if there is
	 *					none; must not block
	 * @param data		passed to cb
	 */
	void (*list)(pcsc_token_card_t *this, pcsc_token_list_t cb, void *data);

	/**
	 * Name of the reader it is in.
	 */
	const char *(*get_reader)(pcsc_token_card_t *this);

	/**
	 * Get another reference.
	 */
	pcsc_token_card_t *(*get_ref)(pcsc_token_card_t *this);

	/**
	 * Release a reference.
	 */
	void (*destroy)(pcsc_token_card_t *this);
};

/**
 * Create a card.
 *
 * @param reader		name of the reader it was inserted in
 * @param sas			whom to tell about keys
 */
pcsc_token_card_t *pcsc_token_card_create(const char *reader,
										  pcsc_token_sas_t *sas);

#endif /** PCSC_TOKEN_CARD_H_ */
