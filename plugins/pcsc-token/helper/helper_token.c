/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "helper.h"
#include "helper_module.h"
#include "../pcsc_token_message.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/**
 * Longest CKA_ID, PIN and path.
 */
#define ID_MAX 256
#define PIN_MAX 256
#define TEXT_MAX 4096

/**
 * Longest certificate and signature.
 */
#define VALUE_MAX (PCSC_TOKEN_MESSAGE_MAX - 16)

/**
 * The token served.
 */
typedef struct {
	helper_module_t module;
	uint8_t id[ID_MAX];
	size_t id_len;
	/** kept for keys that take a login for each signature, locked in memory */
	uint8_t pin[PIN_MAX];
	size_t pin_len;
} token_t;

/**
 * Answer with a type, and data or text if it isn't NULL.
 */
static bool answer(pcsc_token_message_type_t type, const void *data,
				   size_t len)
{
	pcsc_token_message_t message;

	pcsc_token_message_begin(&message, type);
	return (!data || pcsc_token_message_add(&message, data, len)) &&
		   pcsc_token_message_send(&message, PCSC_TOKEN_HELPER_FD);
}

/**
 * Answer that something failed.
 */
static bool answer_failed(token_t *this)
{
	return answer(PCSC_TOKEN_FAILED, this->module.error,
				  strlen(this->module.error));
}

/**
 * Open the token, and answer with the certificate.
 */
static bool handle_open(token_t *this, pcsc_token_message_t *request)
{
	char path[TEXT_MAX], reader[TEXT_MAX];
	uint8_t value[VALUE_MAX];
	size_t len = sizeof(value);
	const uint8_t *id;
	uint32_t slot;

	if (!pcsc_token_message_next_text(request, path, sizeof(path)) ||
		!pcsc_token_message_next_text(request, reader, sizeof(reader)) ||
		!pcsc_token_message_next_number(request, &slot) ||
		!pcsc_token_message_next(request, &id, &this->id_len) ||
		this->id_len > sizeof(this->id))
	{
		return false;
	}
	memcpy(this->id, id, this->id_len);
	if (!helper_module_open(&this->module, path, reader, slot) ||
		!helper_module_certificate(&this->module, this->id, this->id_len,
								   value, &len))
	{
		return answer_failed(this);
	}
	return answer(PCSC_TOKEN_OK, value, len);
}

/**
 * Log in and find the key.
 */
static bool handle_login(token_t *this, pcsc_token_message_t *request)
{
	const uint8_t *pin;
	CK_RV rv = CKR_OK;

	if (pcsc_token_message_next(request, &pin, &this->pin_len))
	{
		if (this->pin_len > sizeof(this->pin))
		{
			return false;
		}
		memcpy(this->pin, pin, this->pin_len);
		rv = helper_module_login(&this->module, this->pin, this->pin_len);
	}
	switch (rv)
	{
		case CKR_OK:
		case CKR_USER_ALREADY_LOGGED_IN:
			break;
		case CKR_PIN_INCORRECT:
			return answer(PCSC_TOKEN_PIN_WRONG, NULL, 0);
		case CKR_PIN_LOCKED:
			return answer(PCSC_TOKEN_PIN_LOCKED, NULL, 0);
		default:
			return answer_failed(this);
	}
	if (!helper_module_find_key(&this->module, this->id, this->id_len))
	{
		return answer_failed(this);
	}
	if (!this->module.reauthenticate)
	{
		explicit_bzero(this->pin, sizeof(this->pin));
	}
	return answer(PCSC_TOKEN_OK, NULL, 0);
}

/**
 * Sign.
 */
static bool handle_sign(token_t *this, pcsc_token_message_t *request)
{
	uint8_t value[VALUE_MAX];
	size_t data_len, len = sizeof(value);
	const uint8_t *data;
	uint32_t mechanism;

	if (!pcsc_token_message_next_number(request, &mechanism) ||
		!pcsc_token_message_next(request, &data, &data_len))
	{
		return false;
	}
	if (!helper_module_sign(&this->module, mechanism, data, data_len,
							this->pin, this->pin_len, value, &len))
	{
		return answer_failed(this);
	}
	return answer(PCSC_TOKEN_OK, value, len);
}

/**
 * Handle a request.
 */
static bool handle(token_t *this, pcsc_token_message_t *request)
{
	switch (pcsc_token_message_type(request))
	{
		case PCSC_TOKEN_OPEN:
			return !this->module.f && handle_open(this, request);
		case PCSC_TOKEN_LOGIN:
			return this->module.session && handle_login(this, request);
		case PCSC_TOKEN_SIGN:
			return this->module.key && handle_sign(this, request);
		default:
			return false;
	}
}

int helper_token(void)
{
	/* one per process, and no stack for a PIN to be left on */
	static pcsc_token_message_t request;
	static token_t token;
	bool more = true;

	mlock(&token, sizeof(token));
	mlock(&request, sizeof(request));
	while (more && pcsc_token_message_receive(&request, PCSC_TOKEN_HELPER_FD))
	{
		more = handle(&token, &request);
		pcsc_token_message_wipe(&request);
	}
	explicit_bzero(&token, sizeof(token));
	return EXIT_SUCCESS;
}
