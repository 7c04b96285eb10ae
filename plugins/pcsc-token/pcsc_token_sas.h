/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_sas.h
 * Which IKE_SAs were authenticated with the key on which card.
 */

#ifndef PCSC_TOKEN_SAS_H_
#define PCSC_TOKEN_SAS_H_

#include <bus/listeners/listener.h>

typedef struct pcsc_token_sas_t pcsc_token_sas_t;

/**
 * Keeps track of IKE_SAs, and closes them. Thread-safe.
 *
 * Keys go by their fingerprint (KEYID_PUBKEY_SHA1), so that a card that comes
 * back, be it in another reader, is the same.
 */
struct pcsc_token_sas_t {

	/**
	 * Implements listener_t: notes which key authenticated an IKE_SA while
	 * that is known, as flush_auth_cfg makes charon forget it.
	 */
	listener_t listener;

	/**
	 * A card's key is going to be used.
	 *
	 * @param fingerprint	of the key, cloned
	 */
	void (*key_present)(pcsc_token_sas_t *this, chunk_t fingerprint);

	/**
	 * The card that holds a key is gone. Unless it is back in time, IKE_SAs
	 * authenticated with it are closed, also those about to be established.
	 *
	 * @param fingerprint	of the key
	 * @param token			name of the token, for logging
	 * @param delay			how long it may be away, in seconds
	 */
	void (*key_removed)(pcsc_token_sas_t *this, chunk_t fingerprint,
						const char *token, uint32_t delay);

	/**
	 * Destroy a pcsc_token_sas_t.
	 */
	void (*destroy)(pcsc_token_sas_t *this);
};

/**
 * Create an object that knows of no keys.
 *
 * @param shutdown		called within a bus hook when charon is about to stop,
 *						before it waits for anything
 * @param data			passed to shutdown
 */
pcsc_token_sas_t *pcsc_token_sas_create(void (*shutdown)(void *data),
										void *data);

#endif /** PCSC_TOKEN_SAS_H_ */
