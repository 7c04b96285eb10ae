/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_session.h
 * A helper process that uses one key on one card.
 */

#ifndef PCSC_TOKEN_SESSION_H_
#define PCSC_TOKEN_SESSION_H_

#include "pcsc_token_settings.h"

#include <credentials/certificates/certificate.h>
#include <credentials/keys/private_key.h>

typedef struct pcsc_token_session_t pcsc_token_session_t;
typedef enum pcsc_token_login_t pcsc_token_login_t;

/**
 * What became of a login.
 */
enum pcsc_token_login_t {
	PCSC_TOKEN_LOGGED_IN,
	/** the card refused the PIN */
	PCSC_TOKEN_REFUSED,
	/** the card has the PIN blocked or one try left, nothing was tried */
	PCSC_TOKEN_BLOCKED,
	/** there is no PIN that may be tried; not from a session */
	PCSC_TOKEN_NO_PIN,
	/** something else failed, see get_error() */
	PCSC_TOKEN_ERROR,
};

/**
 * From the insertion of a card on: open, login, get_key. One thread does that,
 * kill may be called by any.
 */
struct pcsc_token_session_t {

	/**
	 * Find the token and read the certificate, which takes no PIN.
	 *
	 * @return			certificate, NULL on failure, see get_error()
	 */
	certificate_t *(*open)(pcsc_token_session_t *this);

	/**
	 * Log in and find the key. Call this once.
	 *
	 * @param pin		PIN, empty to do without
	 * @return			what became of it
	 */
	pcsc_token_login_t (*login)(pcsc_token_session_t *this, chunk_t pin);

	/**
	 * Create a key that is used by this session, after logging in.
	 *
	 * @param public	its public key, adopted
	 * @return			key, NULL if its type isn't supported
	 */
	private_key_t *(*create_key)(pcsc_token_session_t *this,
								 public_key_t *public);

	/**
	 * What failed.
	 *
	 * @return			text, owned by the session
	 */
	const char *(*get_error)(pcsc_token_session_t *this);

	/**
	 * Is the helper still there?
	 */
	bool (*is_alive)(pcsc_token_session_t *this);

	/**
	 * Kill the helper. Who waits for the card doesn't anymore, and the keys
	 * can't sign anymore.
	 */
	void (*kill)(pcsc_token_session_t *this);

	/**
	 * Get another reference.
	 */
	pcsc_token_session_t *(*get_ref)(pcsc_token_session_t *this);

	/**
	 * Release a reference.
	 */
	void (*destroy)(pcsc_token_session_t *this);
};

/**
 * Start a helper.
 *
 * @param helper		path of the helper program
 * @param token			key to use; has to outlive open()
 * @param reader		name of the reader that the card is in
 * @return				NULL on failure, errno is set
 */
pcsc_token_session_t *pcsc_token_session_create(const char *helper,
												const pcsc_token_t *token,
												const char *reader);

#endif /** PCSC_TOKEN_SESSION_H_ */
