/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_control.h"
#include "pcsc_token_pcscd.h"

#include <control_registry.h>

typedef struct private_pcsc_token_control_t private_pcsc_token_control_t;

struct private_pcsc_token_control_t {
	pcsc_token_control_t public;
	pcsc_token_manager_t *manager;
	control_offer_t offer;
};

void pcsc_token_tell(const char *type, const char *reader, const char *token)
{
	control_out_t *out = control_event_begin("token");

	if (out)
	{
		out->value(out, "type", "%s", type);
		if (reader)
		{
			out->value(out, "reader", "%s", reader);
		}
		if (token)
		{
			out->value(out, "token", "%s", token);
		}
		control_event_end(out);
	}
}

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
 * Implementation of control_command_t.run: list-tokens.
 */
static void list_tokens(void *data, settings_t *request, control_out_t *out,
					   option_errors_t *errors)
{
	private_pcsc_token_control_t *this = data;

	this->manager->list(this->manager, write_card, out);
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
 * Implementation of control_offer_t.status.
 */
static void status(void *data, control_out_t *out)
{
	private_pcsc_token_control_t *this = data;
	counts_t counts = {};
	bool up;

	up = this->manager->list(this->manager, count, &counts);
	out->value(out, "pcscd", up ? "up" : "away");
	out->value(out, "keys", "%u", counts.keys);
	out->value(out, "unused-cards", "%u", counts.unused);
	if (!up)
	{
		out->begin_list(out, "warnings");
		out->item(out, "no pcscd at %s", pcsc_token_pcscd_path());
		out->end_list(out);
	}
}

static const control_command_t commands[] = {
	{ .name = "list-tokens", .stream = "list-token", .run = list_tokens },
};

static const char *const events[] = { "token", NULL };

METHOD(pcsc_token_control_t, destroy, void,
	private_pcsc_token_control_t *this)
{
	control_registry_remove(&this->offer);
	free(this);
}

pcsc_token_control_t *pcsc_token_control_create(options_store_t *store,
												pcsc_token_manager_t *manager)
{
	private_pcsc_token_control_t *this;

	INIT(this,
		.public = {
			.destroy = _destroy,
		},
		.manager = manager,
		.offer = {
			.plugin = "pcsc-token",
			.store = store,
			.commands = commands,
			.command_count = countof(commands),
			.events = events,
			.status = status,
		},
	);
	this->offer.data = this;
	control_registry_add(&this->offer);
	return &this->public;
}
