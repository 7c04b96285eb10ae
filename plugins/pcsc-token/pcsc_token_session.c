/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_session.h"
#include "pcsc_token_key.h"
#include "pcsc_token_log.h"
#include "pcsc_token_process.h"
#include "pcsc_token_readers.h"

/**
 * How long it may take to find the token and to log in, in ms. The helper
 * itself gives a card 10 seconds to be found.
 */
#define OPEN_TIMEOUT 20000
#define LOGIN_TIMEOUT 10000

typedef struct private_pcsc_token_session_t private_pcsc_token_session_t;

struct private_pcsc_token_session_t {
	pcsc_token_session_t public;
	/** key to use */
	const pcsc_token_t *token;
	/** its name */
	char *name;
	/** reader the card is in */
	char reader[PCSC_TOKEN_READER_NAME_LEN];
	/** helper */
	pcsc_token_process_t *process;
	/** what failed */
	char error[BUF_LEN];
	/** reference counter */
	refcount_t ref;
};

/**
 * Send a request.
 *
 * @return			type of the answer, 0 after setting error
 */
static pcsc_token_message_type_t request(private_pcsc_token_session_t *this,
							pcsc_token_message_t *message, uint32_t timeout)
{
	pcsc_token_message_type_t type;

	switch (this->process->request(this->process, message, timeout))
	{
		case SUCCESS:
			break;
		case NEED_MORE:
			snprintf(this->error, sizeof(this->error), "the card or pcscd "
					 "didn't answer within %u seconds", timeout / 1000);
			return 0;
		default:
			snprintf(this->error, sizeof(this->error), "the helper ended");
			return 0;
	}
	type = pcsc_token_message_type(message);
	if (type == PCSC_TOKEN_FAILED)
	{
		pcsc_token_reason(message, this->error, "the helper failed");
	}
	return type;
}

METHOD(pcsc_token_session_t, open_, certificate_t*,
	private_pcsc_token_session_t *this)
{
	pcsc_token_message_t message;
	certificate_t *cert;
	const uint8_t *data;
	chunk_t id;
	size_t len;

	id = chunk_from_hex(chunk_from_str(this->token->handle), NULL);
	pcsc_token_message_begin(&message, PCSC_TOKEN_OPEN);
	pcsc_token_message_add(&message, this->token->module,
						   strlen(this->token->module));
	pcsc_token_message_add(&message, this->reader, strlen(this->reader));
	pcsc_token_message_add_number(&message, this->token->slot);
	pcsc_token_message_add(&message, id.ptr, id.len);
	chunk_free(&id);

	if (request(this, &message, OPEN_TIMEOUT) != PCSC_TOKEN_OK ||
		!pcsc_token_message_next(&message, &data, &len))
	{
		return NULL;
	}
	cert = lib->creds->create(lib->creds, CRED_CERTIFICATE, CERT_X509,
							  BUILD_BLOB_ASN1_DER,
							  chunk_create((u_char*)data, len), BUILD_END);
	if (!cert)
	{
		snprintf(this->error, sizeof(this->error), "its certificate isn't "
				 "valid X.509");
	}
	return cert;
}

METHOD(pcsc_token_session_t, login, pcsc_token_login_t,
	private_pcsc_token_session_t *this, chunk_t pin)
{
	pcsc_token_message_t message;
	pcsc_token_login_t result;

	pcsc_token_message_begin(&message, PCSC_TOKEN_LOGIN);
	if (pin.len)
	{
		pcsc_token_message_add(&message, pin.ptr, pin.len);
	}
	switch (request(this, &message, LOGIN_TIMEOUT))
	{
		case PCSC_TOKEN_OK:
			result = PCSC_TOKEN_LOGGED_IN;
			break;
		case PCSC_TOKEN_PIN_WRONG:
			result = PCSC_TOKEN_REFUSED;
			break;
		case PCSC_TOKEN_PIN_LOCKED:
			result = PCSC_TOKEN_BLOCKED;
			break;
		default:
			result = PCSC_TOKEN_ERROR;
			break;
	}
	pcsc_token_message_wipe(&message);
	return result;
}

METHOD(pcsc_token_session_t, create_key, private_key_t*,
	private_pcsc_token_session_t *this, public_key_t *public)
{
	return pcsc_token_key_create(this->name, this->process, public);
}

METHOD(pcsc_token_session_t, get_error, const char*,
	private_pcsc_token_session_t *this)
{
	return this->error;
}

METHOD(pcsc_token_session_t, is_alive, bool,
	private_pcsc_token_session_t *this)
{
	return this->process->is_alive(this->process);
}

METHOD(pcsc_token_session_t, kill_, void,
	private_pcsc_token_session_t *this)
{
	this->process->kill(this->process);
}

METHOD(pcsc_token_session_t, get_ref, pcsc_token_session_t*,
	private_pcsc_token_session_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(pcsc_token_session_t, destroy, void,
	private_pcsc_token_session_t *this)
{
	if (ref_put(&this->ref))
	{
		this->process->destroy(this->process);
		free(this->name);
		free(this);
	}
}

pcsc_token_session_t *pcsc_token_session_create(const char *helper,
												const pcsc_token_t *token,
												const char *reader)
{
	private_pcsc_token_session_t *this;
	char *argv[] = { (char*)helper, "token", NULL };
	pcsc_token_process_t *process;

	process = pcsc_token_process_create(argv);
	if (!process)
	{
		return NULL;
	}
	INIT(this,
		.public = {
			.open = _open_,
			.login = _login,
			.create_key = _create_key,
			.get_error = _get_error,
			.is_alive = _is_alive,
			.kill = _kill_,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.token = token,
		.name = strdup(token->section.name),
		.process = process,
		.ref = 1,
	);
	snprintf(this->reader, sizeof(this->reader), "%s", reader);
	return &this->public;
}
