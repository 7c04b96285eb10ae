/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_pin.h"
#include "pcsc_token_files.h"

/**
 * Get the PIN of a token.
 *
 * @param pin		gets it, to be wiped by chunk_clear(); empty if it has none
 * @param reason	gets what is wrong
 * @return			FALSE if anything is
 */
static bool get_pin(const pcsc_token_t *token, chunk_t *pin, char *reason,
					size_t len)
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
		snprintf(reason, len, "pin_file = \"%s\": %s", token->pin_file, wrong);
	}
	return !wrong;
}

pcsc_token_login_t pcsc_token_pin_login(const pcsc_token_t *token,
										pcsc_token_session_t *session,
										bool reloaded, chunk_t *refused,
										char *reason, size_t len)
{
	pcsc_token_login_t result;
	chunk_t pin;

	if (!get_pin(token, &pin, reason, len))
	{
		return PCSC_TOKEN_NO_PIN;
	}
	if (pin.len && refused->len && (!reloaded || chunk_equals(pin, *refused)))
	{
		/* another token's may be right, but may as well be the next wrong
		 * one of the few that there are until the card is blocked */
		snprintf(reason, len, "it refused a PIN already; set the right pin and "
				 "reload the settings, or insert it anew");
		chunk_clear(&pin);
		return PCSC_TOKEN_NO_PIN;
	}
	result = session->login(session, pin);
	switch (result)
	{
		case PCSC_TOKEN_REFUSED:
			snprintf(reason, len, "it refused the PIN; set the right %s and "
					 "reload the settings, it isn't tried again before",
					 token->hidden.len ? "pin" : "pin_file");
			chunk_clear(refused);
			*refused = chunk_clone(pin);
			break;
		case PCSC_TOKEN_BLOCKED:
			snprintf(reason, len, "its PIN is blocked or would be by another "
					 "wrong one, so it wasn't tried; enter the PIN with "
					 "another program first");
			break;
		case PCSC_TOKEN_ERROR:
			snprintf(reason, len, "%s", session->get_error(session));
			break;
		default:
			break;
	}
	chunk_clear(&pin);
	return result;
}
