/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_key.h
 * A private key on a card, used through a helper process.
 */

#ifndef PCSC_TOKEN_KEY_H_
#define PCSC_TOKEN_KEY_H_

#include "pcsc_token_process.h"

#include <credentials/keys/private_key.h>

/**
 * What a card is asked to sign.
 */
typedef struct {
	/** CKM_RSA_PKCS or CKM_ECDSA */
	uint32_t mechanism;
	/** allocated: a DigestInfo or a hash */
	chunk_t data;
	/** whether the card's answer is r and s one after the other, and the
	 * signature is to be in DER (RFC 3279, section 2.2.3) */
	bool der;
} pcsc_token_input_t;

/**
 * Prepare data for a card.
 *
 * @param type		type of key
 * @param keysize	its size in bits
 * @param scheme	signature scheme asked for
 * @param data		what to sign
 * @param input		filled in
 * @return			FALSE if the scheme isn't supported
 */
bool pcsc_token_input(key_type_t type, int keysize, signature_scheme_t scheme,
					  chunk_t data, pcsc_token_input_t *input);

/**
 * Turn r and s into DER.
 *
 * @param raw		r and s, of equal length
 * @return			allocated, chunk_empty if that isn't what raw is
 */
chunk_t pcsc_token_signature_to_der(chunk_t raw);

/**
 * Create a key.
 *
 * @param token		name of the token, for logging
 * @param process	helper that is logged in to the card, a reference is taken
 * @param public	its public key, adopted
 * @return			key, NULL if keys of this type aren't supported
 */
private_key_t *pcsc_token_key_create(const char *token,
									 pcsc_token_process_t *process,
									 public_key_t *public);

#endif /** PCSC_TOKEN_KEY_H_ */
