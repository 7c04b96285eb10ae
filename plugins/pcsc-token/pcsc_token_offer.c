/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_offer.h"
#include "pcsc_token_pcscd.h"

#include <explain.h>

/**
 * Write a key or an unused card, implementation of pcsc_token_list_t.
 */
static void write_card(void *data, const char *reader, const char *token,
					   const char *state)
{
	control_out_t *out = data;

	out->value(out, "reader", "%s", reader);
	if (token)
	{
		out->value(out, "token", "%s", token);
	}
	out->value(out, "state", "%s", state);
	out->emit(out);
}

/**
 * Implementation of offer_command_t.run: list-tokens.
 */
static void list_tokens(void *data, settings_t *request, control_out_t *out,
					   option_errors_t *errors)
{
	pcsc_token_manager_t *this = data;

	this->list(this, write_card, out);
}

/**
 * Numbers of keys and of cards without.
 */
typedef struct {
	u_int keys;
	u_int unused;
} counts_t;

/**
 * Count a key or an unused card, implementation of pcsc_token_list_t.
 */
static void count(void *data, const char *reader, const char *token,
				  const char *state)
{
	counts_t *counts = data;

	if (token)
	{
		counts->keys++;
	}
	else if (!streq(state, "empty"))
	{
		counts->unused++;
	}
}

/**
 * Implementation of offer_t.status.
 */
static void status(void *data, void *config, control_out_t *out)
{
	pcsc_token_manager_t *this = data;
	counts_t counts = {};
	bool up;

	up = this->list(this, count, &counts);
	out->value(out, "pcscd", up ? "up" : "away");
	out->number(out, "keys", counts.keys);
	out->number(out, "unused-cards", counts.unused);
	if (!up)
	{
		out->begin_list(out, "warnings");
		out->item(out, "no pcscd at %s", pcsc_token_pcscd_path());
		out->end_list(out);
	}
}

/**
 * Implementation of offer_t.explain.
 */
static void explain(void *data, void *config, const explain_peer_t *peer,
					array_t *lines)
{
	pcsc_token_settings_t *settings = config;
	pcsc_token_t *token;
	u_int i;

	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		if (token->initiate &&
			token->initiate->matches(token->initiate, peer->facts.connection))
		{
			explain_add(lines, "tokens.%s: initiated when the card is "
						"inserted, and %s when it is removed",
						token->section.name,
						token->on_removal == PCSC_TOKEN_REMOVAL_TERMINATE ?
						"closed" : "kept");
		}
	}
}

static const offer_command_t commands[] = {
	{ .name = "list-tokens", .stream = "list-token",
	  .reads = TRUE, .run = list_tokens },
};

static const char *const events[] = { "token", NULL };

const offer_t pcsc_token_offer = {
	.commands = commands,
	.command_count = countof(commands),
	.events = events,
	.status = status,
	.explain = explain,
};
