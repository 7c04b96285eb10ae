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
	 * A card's key is going to be used. As a key may be on several cards, or a
	 * card be seen in a new reader before it is missed in the old one, this is
	 * counted.
	 *
	 * @param fingerprint	of the key, cloned
	 * @param token			name of the token that it was loaded by, cloned if
	 *						it is the first one
	 */
	void (*key_present)(pcsc_token_sas_t *this, chunk_t fingerprint,
						const char *token);

	/**
	 * Find out by which token a key was loaded first, so that its PIN is right.
	 *
	 * @param fingerprint	of the key
	 * @return				name of the token, allocated; NULL if none
	 */
	char *(*get_token)(pcsc_token_sas_t *this, chunk_t fingerprint);

	/**
	 * Forget all that: tokens may have other PINs by now.
	 */
	void (*forget_tokens)(pcsc_token_sas_t *this);

	/**
	 * A key isn't used anymore that key_present() was called for, but nobody
	 * removed its card.
	 *
	 * @param fingerprint	of the key
	 */
	void (*key_unused)(pcsc_token_sas_t *this, chunk_t fingerprint);

	/**
	 * A card that holds a key is gone. If it was the last one, and none is back
	 * in time, IKE_SAs authenticated with the key are closed, also those about
	 * to be established.
	 *
	 * @param fingerprint	of the key
	 * @param token			name of the token, for logging
	 * @param delay			how long it may be away, in seconds; if it is back
	 *						by then, its key may take longer to load
	 * @param sure			FALSE if it isn't where it was before an outage of
	 *						pcscd: nothing is closed while cards may turn up or
	 *						are loaded
	 */
	void (*key_removed)(pcsc_token_sas_t *this, chunk_t fingerprint,
						const char *token, uint32_t delay, bool sure);

	/**
	 * Cards may turn up in other readers, as pcscd is or was away.
	 *
	 * @param unsettled		FALSE once they don't anymore
	 */
	void (*set_unsettled)(pcsc_token_sas_t *this, bool unsettled);

	/**
	 * Keys of a card are being loaded.
	 *
	 * @param begin			TRUE at the begin, FALSE at the end of it; counted
	 */
	void (*loading)(pcsc_token_sas_t *this, bool begin);

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
