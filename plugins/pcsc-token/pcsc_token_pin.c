/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_pin.h"
#include "pcsc_token_files.h"

/**
 * How long it may take to log in, in ms.
 */
#define LOGIN_TIMEOUT 10000

/**
 * Get the PIN of a token.
 *
 * @param pin		gets it, to be wiped by chunk_clear(); empty if it has none
 * @param reason	gets what is wrong
 * @return			FALSE if anything is
 */
static bool get_pin(const pcsc_token_t *token, chunk_t *pin,
					char reason[BUF_LEN])
{
	const char *wrong = NULL;

	*pin = chunk_empty;
	if (token->hidden.len)
	{
		*pin = pcsc_token_get_pin(token);
	}
	else if (token->pin_file)
	{
		wrong = pcsc_token_read_pin(token->pin_file, pin);
	}
	if (wrong)
	{
		snprintf(reason, BUF_LEN, "pin_file = \"%s\": %s", token->pin_file,
				 wrong);
	}
	return !wrong;
}

/**
 * Have the helper log in, without a PIN if it is empty.
 */
static pcsc_token_message_type_t request(pcsc_token_process_t *process,
										 chunk_t pin, char reason[BUF_LEN])
{
	pcsc_token_message_t message;
	pcsc_token_message_type_t type;

	pcsc_token_message_begin(&message, PCSC_TOKEN_LOGIN);
	if (pin.len)
	{
		pcsc_token_message_add(&message, pin.ptr, pin.len);
	}
	type = process->request(process, &message, LOGIN_TIMEOUT, reason);
	pcsc_token_message_wipe(&message);
	return type;
}

pcsc_token_login_t pcsc_token_pin_login(const pcsc_token_t *token,
										pcsc_token_process_t *process,
										bool reloaded, chunk_t *refused,
										char reason[BUF_LEN])
{
	pcsc_token_login_t result = PCSC_TOKEN_ERROR;
	chunk_t pin;

	if (!get_pin(token, &pin, reason))
	{
		return PCSC_TOKEN_NO_PIN;
	}
	if (pin.len && refused->len && (!reloaded || chunk_equals(pin, *refused)))
	{
		/* another token's may be right, but may as well be the next wrong
		 * one of the few that there are until the card is blocked */
		snprintf(reason, BUF_LEN, "it refused a PIN already; set the right pin "
				 "and reload the settings, or insert it anew");
		chunk_clear(&pin);
		return PCSC_TOKEN_NO_PIN;
	}
	switch (request(process, pin, reason))
	{
		case PCSC_TOKEN_OK:
			result = PCSC_TOKEN_LOGGED_IN;
			break;
		case PCSC_TOKEN_PIN_WRONG:
			snprintf(reason, BUF_LEN, "it refused the PIN; set the right %s "
					 "and reload the settings, it isn't tried again before",
					 token->hidden.len ? "pin" : "pin_file");
			chunk_clear(refused);
			*refused = chunk_clone(pin);
			result = PCSC_TOKEN_REFUSED;
			break;
		case PCSC_TOKEN_PIN_LOCKED:
			snprintf(reason, BUF_LEN, "its PIN is blocked or would be by "
					 "another wrong one, so it wasn't tried; enter the PIN "
					 "with another program first");
			result = PCSC_TOKEN_BLOCKED;
			break;
		default:
			break;
	}
	chunk_clear(&pin);
	return result;
}
