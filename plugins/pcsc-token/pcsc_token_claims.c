/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_claims.h"

#include <strings.h>

/**
 * Do two tokens name the same key on a card?
 */
static bool same_key(const pcsc_token_t *a, const pcsc_token_t *b)
{
	return strcaseeq(a->handle, b->handle) && streq(a->module, b->module) &&
		   a->slot == b->slot;
}

pcsc_token_t *pcsc_token_claim(const pcsc_token_settings_t *settings,
							   pcsc_token_t *token, const char *reader)
{
	pcsc_token_t *first;
	u_int i;

	if (!token->reader->matches(token->reader, reader))
	{
		return NULL;
	}
	for (i = 0; i < settings->tokens.count; i++)
	{
		first = settings->tokens.items[i];
		if (first == token || (same_key(first, token) &&
							   first->reader->matches(first->reader, reader)))
		{
			return first;
		}
	}
	return NULL;
}

pcsc_token_t *pcsc_token_find(const pcsc_token_settings_t *settings,
							  const char *name)
{
	pcsc_token_t *token;
	u_int i;

	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		if (streq(token->section.name, name))
		{
			return token;
		}
	}
	return NULL;
}
