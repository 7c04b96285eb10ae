/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file pcsc_token_message.h
 * Messages between the plugin and its helper processes, each a datagram on a
 * socket of type SOCK_SEQPACKET: a type, then fields with two bytes of length
 * each. Used by both, so it knows nothing of strongSwan.
 */

#ifndef PCSC_TOKEN_MESSAGE_H_
#define PCSC_TOKEN_MESSAGE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pcsc_token_message_t pcsc_token_message_t;
typedef enum pcsc_token_message_type_t pcsc_token_message_type_t;

/**
 * Descriptor of the socket in a helper.
 */
#define PCSC_TOKEN_HELPER_FD 0

/**
 * Largest message: a certificate, or the states of all readers that pcscd
 * supports (16), fit by far.
 */
#define PCSC_TOKEN_MESSAGE_MAX 16384

/**
 * Types of messages, with their fields.
 */
enum pcsc_token_message_type_t {
	/** watcher: for each reader its name, a number: 0 if it is empty, 1 if not,
	 * 2 if somebody has the card for himself, a number that changes with each
	 * insertion and removal, and the card's
	 * ATR, empty without a card */
	PCSC_TOKEN_READERS = 1,
	/** watcher: why there is no pcscd to ask, as text; the last message */
	PCSC_TOKEN_NO_PCSCD,
	/** to a token's helper: path of the module, name of the reader, slot or
	 * UINT32_MAX, CKA_ID; answered by OK with the DER encoded certificate */
	PCSC_TOKEN_OPEN,
	/** to a token's helper: PIN, none at all to log in without; answered by OK
	 * or a PCSC_TOKEN_PIN_* */
	PCSC_TOKEN_LOGIN,
	/** to a token's helper: mechanism (CKM_*), data; answered by OK with the
	 * signature */
	PCSC_TOKEN_SIGN,
	/** done */
	PCSC_TOKEN_OK,
	/** not done, reason as text */
	PCSC_TOKEN_FAILED,
	/** the card refused the PIN */
	PCSC_TOKEN_PIN_WRONG,
	/** the PIN wasn't tried, as the card is about to block it or did so */
	PCSC_TOKEN_PIN_LOCKED,
};

/**
 * A message, being written or read.
 */
struct pcsc_token_message_t {
	/** type, then fields */
	uint8_t data[PCSC_TOKEN_MESSAGE_MAX];
	/** bytes used */
	size_t len;
	/** start of the field to be read next */
	size_t pos;
};

/**
 * Start a message.
 */
void pcsc_token_message_begin(pcsc_token_message_t *this,
							  pcsc_token_message_type_t type);

/**
 * Add a field.
 *
 * @return			FALSE if it doesn't fit
 */
bool pcsc_token_message_add(pcsc_token_message_t *this, const void *data,
							size_t len);

/**
 * Add a field with a number.
 *
 * @return			FALSE if it doesn't fit
 */
bool pcsc_token_message_add_number(pcsc_token_message_t *this,
								   uint32_t number);

/**
 * Type of a received message.
 *
 * @return			0 if it is empty
 */
pcsc_token_message_type_t pcsc_token_message_type(
										const pcsc_token_message_t *this);

/**
 * Read the next field.
 *
 * @param data		gets its start, within the message
 * @param len		gets its length
 * @return			FALSE if there is none, or it is cut off
 */
bool pcsc_token_message_next(pcsc_token_message_t *this, const uint8_t **data,
							 size_t *len);

/**
 * Read the next field as a number.
 *
 * @return			FALSE if there is none, or it isn't a number
 */
bool pcsc_token_message_next_number(pcsc_token_message_t *this,
									uint32_t *number);

/**
 * Read the next field as text.
 *
 * @param buf		gets it, terminated
 * @param len		size of buf
 * @return			FALSE if there is none, or it doesn't fit or has a NUL
 */
bool pcsc_token_message_next_text(pcsc_token_message_t *this, char *buf,
								  size_t len);

/**
 * Send a message.
 *
 * @param fd		socket
 * @return			FALSE if the other side is gone
 */
bool pcsc_token_message_send(const pcsc_token_message_t *this, int fd);

/**
 * Receive a message, waiting for it.
 *
 * @param fd		socket
 * @return			FALSE if the other side is gone
 */
bool pcsc_token_message_receive(pcsc_token_message_t *this, int fd);

/**
 * Overwrite a message that held a PIN.
 */
void pcsc_token_message_wipe(pcsc_token_message_t *this);

#endif /** PCSC_TOKEN_MESSAGE_H_ */
