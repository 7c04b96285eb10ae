/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_readers.h"

#include <utf8.h>

#include <collections/linked_list.h>

typedef struct private_pcsc_token_readers_t private_pcsc_token_readers_t;
typedef struct card_t card_t;
typedef enum link_t link_t;

/**
 * Whether there is a pcscd to ask.
 */
enum link_t {
	/** not heard of yet */
	LINK_UNKNOWN,
	LINK_UP,
	LINK_LOST,
};

/**
 * A card that is in a reader, as far as is known.
 */
struct card_t {
	pcsc_token_reader_t state;
	/** whether it has to be found again after an outage */
	bool unsure;
};

struct private_pcsc_token_readers_t {
	pcsc_token_readers_t public;
	/** cards, as card_t */
	linked_list_t *cards;
	/** what happened and wasn't fetched yet, as pcsc_token_event_t */
	linked_list_t *events;
	/** whether there is a pcscd */
	link_t link;
	/** when it was lost, or came back */
	uint64_t since;
	/** whether nothing is left of an outage */
	bool settled;
};

/**
 * Add an event.
 */
static pcsc_token_event_t *add_event(private_pcsc_token_readers_t *this,
									 pcsc_token_event_type_t type,
									 const char *reader)
{
	pcsc_token_event_t *event;

	INIT(event,
		.type = type,
	);
	if (reader)
	{
		snprintf(event->reader, sizeof(event->reader), "%s", reader);
	}
	this->events->insert_last(this->events, event);
	return event;
}

/**
 * Find the state of a reader.
 */
static const pcsc_token_reader_t *find_state(const pcsc_token_reader_t *states,
											 u_int count, const char *name)
{
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (streq(states[i].name, name))
		{
			return &states[i];
		}
	}
	return NULL;
}

CALLBACK(match_name, bool,
	card_t *card, va_list args)
{
	const char *name;

	VA_ARGS_VGET(args, name);
	return streq(card->state.name, name);
}

/**
 * Is there, as far as pcscd knows, the same card as before?
 */
static bool is_same(const card_t *card, const pcsc_token_reader_t *state)
{
	/* a pcscd that was started anew counts anew */
	return (card->unsure || card->state.changes == state->changes) &&
		   card->state.atr_len == state->atr_len &&
		   memeq(card->state.atr, state->atr, state->atr_len);
}

/**
 * Look after the cards that are known.
 */
static void check_known(private_pcsc_token_readers_t *this,
						const pcsc_token_reader_t *states, u_int count,
						bool settled)
{
	enumerator_t *enumerator;
	const pcsc_token_reader_t *state;
	card_t *card;

	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		state = find_state(states, count, card->state.name);
		if (state && state->present && is_same(card, state))
		{
			if (card->state.held != state->held)
			{
				add_event(this, PCSC_TOKEN_HELD,
						  card->state.name)->held = state->held;
			}
			if (card->unsure)
			{
				add_event(this, PCSC_TOKEN_FOUND_AGAIN, card->state.name);
			}
			card->state = *state;
			card->unsure = FALSE;
		}
		else if (!card->unsure || settled || (state && state->present))
		{
			add_event(this, PCSC_TOKEN_REMOVED,
					  card->state.name)->unsure = card->unsure;
			this->cards->remove_at(this->cards, enumerator);
			free(card);
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Look for new cards.
 */
static void add_new(private_pcsc_token_readers_t *this,
					const pcsc_token_reader_t *states, u_int count)
{
	card_t *card;
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (states[i].present &&
			!this->cards->find_first(this->cards, match_name, NULL,
									 states[i].name))
		{
			INIT(card,
				.state = states[i],
			);
			this->cards->insert_last(this->cards, card);
			add_event(this, PCSC_TOKEN_INSERTED,
					  states[i].name)->held = states[i].held;
		}
	}
}

METHOD(pcsc_token_readers_t, update, void,
	private_pcsc_token_readers_t *this, const pcsc_token_reader_t *states,
	u_int count, uint64_t now)
{
	pcsc_token_event_t *event;
	bool settled;

	if (this->link != LINK_UP)
	{
		event = add_event(this, PCSC_TOKEN_RECOVERED, NULL);
		if (this->link == LINK_LOST)
		{
			event->duration = now - this->since;
		}
		this->link = LINK_UP;
		this->since = now;
	}
	settled = now - this->since >= PCSC_TOKEN_SETTLE_TIME;
	check_known(this, states, count, settled);
	add_new(this, states, count);
	if (settled && !this->settled)
	{
		add_event(this, PCSC_TOKEN_SETTLED, NULL);
		this->settled = TRUE;
	}
}

METHOD(pcsc_token_readers_t, lost, void,
	private_pcsc_token_readers_t *this, const char *reason, uint64_t now)
{
	enumerator_t *enumerator;
	card_t *card;

	if (this->link == LINK_LOST)
	{
		return;
	}
	add_event(this, PCSC_TOKEN_OUTAGE, NULL)->reason = reason;
	this->link = LINK_LOST;
	this->since = now;
	this->settled = FALSE;

	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		card->unsure = TRUE;
	}
	enumerator->destroy(enumerator);
}

METHOD(pcsc_token_readers_t, next, bool,
	private_pcsc_token_readers_t *this, pcsc_token_event_t *out)
{
	pcsc_token_event_t *event;

	if (this->events->remove_first(this->events, (void**)&event) != SUCCESS)
	{
		return FALSE;
	}
	*out = *event;
	free(event);
	return TRUE;
}

METHOD(pcsc_token_readers_t, destroy, void,
	private_pcsc_token_readers_t *this)
{
	this->cards->destroy_function(this->cards, free);
	this->events->destroy_function(this->events, free);
	free(this);
}

pcsc_token_readers_t *pcsc_token_readers_create()
{
	private_pcsc_token_readers_t *this;

	INIT(this,
		.public = {
			.update = _update,
			.lost = _lost,
			.next = _next,
			.destroy = _destroy,
		},
		.cards = linked_list_create(),
		.events = linked_list_create(),
		.settled = TRUE,
	);
	return &this->public;
}

const char *pcsc_token_printable(const char *name,
								 char buf[PCSC_TOKEN_PRINTABLE_LEN])
{
	char *escaped = utf8_escape(name, (PCSC_TOKEN_PRINTABLE_LEN - 4) / 4);

	snprintf(buf, PCSC_TOKEN_PRINTABLE_LEN, "%s", escaped);
	free(escaped);
	return buf;
}

bool pcsc_token_readers_parse(pcsc_token_message_t *message,
							  pcsc_token_reader_t *states, u_int *count)
{
	pcsc_token_reader_t *state;
	const uint8_t *atr;
	uint32_t present;

	for (*count = 0; message->pos < message->len; (*count)++)
	{
		if (*count == PCSC_TOKEN_READERS_MAX)
		{
			return FALSE;
		}
		state = &states[*count];
		if (!pcsc_token_message_next_text(message, state->name,
										  sizeof(state->name)) ||
			!pcsc_token_message_next_number(message, &present) ||
			!pcsc_token_message_next_number(message, &state->changes) ||
			!pcsc_token_message_next(message, &atr, &state->atr_len) ||
			state->atr_len > sizeof(state->atr))
		{
			return FALSE;
		}
		state->present = present != 0;
		state->held = present == 2;
		memcpy(state->atr, atr, state->atr_len);
	}
	return TRUE;
}
