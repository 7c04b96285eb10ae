/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_cards.h"
#include "pcsc_token_initiator.h"

#include <daemon.h>
#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_pcsc_token_cards_t private_pcsc_token_cards_t;
typedef struct load_job_t load_job_t;

struct private_pcsc_token_cards_t {
	pcsc_token_cards_t public;
	/** settings in force */
	options_store_t *store;
	/** IKE_SAs */
	pcsc_token_sas_t *sas;
	/** cards, as pcsc_token_card_t, protected by mutex */
	linked_list_t *cards;
	/** readers there are, protected by mutex */
	pcsc_token_reader_t readers[PCSC_TOKEN_READERS_MAX];
	/** number of them, protected by mutex */
	u_int count;
	/** lock for cards, readers and count */
	mutex_t *mutex;
};

/**
 * Job: load the keys of a card.
 */
struct load_job_t {
	private_pcsc_token_cards_t *cards;
	pcsc_token_card_t *card;
	pcsc_token_load_t why;
};

/**
 * Destroy a load_job_t.
 */
static void load_job_destroy(load_job_t *this)
{
	this->card->destroy(this->card);
	free(this);
}

/**
 * Initiate what the keys of a card are for.
 */
static void initiate_all(pcsc_token_settings_t *settings,
						 pcsc_token_card_t *card)
{
	pcsc_token_t *token;
	u_int i;

	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		if (token->initiate && card->has(card, token->section.name))
		{
			pcsc_token_initiate(settings, token, card);
		}
	}
}

/**
 * Job: load the keys of a card.
 */
static job_requeue_t load(load_job_t *this)
{
	options_store_t *store = this->cards->store;
	pcsc_token_settings_t *settings = store->get(store);

	this->card->load(this->card, settings, this->why);
	if (this->why == PCSC_TOKEN_LOAD_INSERTED)
	{
		initiate_all(settings, this->card);
	}
	options_unref(settings);
	this->cards->sas->loading(this->cards->sas, FALSE);
	return JOB_REQUEUE_NONE;
}

/**
 * Queue a job that loads the keys of a card.
 */
static void queue_load(private_pcsc_token_cards_t *this,
					   pcsc_token_card_t *card, pcsc_token_load_t why)
{
	load_job_t *job;

	INIT(job,
		.cards = this,
		.card = card->get_ref(card),
		.why = why,
	);
	this->sas->loading(this->sas, TRUE);
	lib->processor->queue_job(lib->processor, (job_t*)callback_job_create(
						(callback_job_cb_t)load, job,
						(callback_job_cleanup_t)load_job_destroy, NULL));
}

CALLBACK(match_reader, bool,
	pcsc_token_card_t *card, va_list args)
{
	const char *reader;

	VA_ARGS_VGET(args, reader);
	return streq(card->get_reader(card), reader);
}

/**
 * Find the card in a reader, mutex held.
 */
static pcsc_token_card_t *find_card(private_pcsc_token_cards_t *this,
									const char *reader)
{
	pcsc_token_card_t *card = NULL;

	this->cards->find_first(this->cards, match_reader, (void**)&card, reader);
	return card;
}

/**
 * Let nobody wait for a card.
 */
static void suspend_all(private_pcsc_token_cards_t *this, bool stop)
{
	enumerator_t *enumerator;
	pcsc_token_card_t *card;

	this->mutex->lock(this->mutex);
	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		card->suspend(card, stop);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

/**
 * Act on what happened to a card.
 */
static void handle_card(private_pcsc_token_cards_t *this,
						const pcsc_token_event_t *event)
{
	pcsc_token_settings_t *settings;
	pcsc_token_card_t *card, *removed = NULL;

	this->mutex->lock(this->mutex);
	card = find_card(this, event->reader);
	if (event->type == PCSC_TOKEN_INSERTED)
	{
		card = pcsc_token_card_create(event->reader, this->sas);
		card->set_held(card, event->held);
		this->cards->insert_last(this->cards, card);
		queue_load(this, card, PCSC_TOKEN_LOAD_INSERTED);
	}
	else if (event->type == PCSC_TOKEN_HELD &&
			 card->set_held(card, event->held))
	{
		queue_load(this, card, PCSC_TOKEN_LOAD_INSERTED);
	}
	else if (event->type == PCSC_TOKEN_FOUND_AGAIN)
	{
		queue_load(this, card, PCSC_TOKEN_LOAD_AGAIN);
	}
	else if (event->type == PCSC_TOKEN_REMOVED)
	{
		this->cards->remove(this->cards, card, NULL);
		removed = card;
	}
	this->mutex->unlock(this->mutex);
	if (removed)
	{
		settings = this->store->get(this->store);
		removed->remove(removed, settings, !event->unsure);
		options_unref(settings);
		removed->destroy(removed);
	}
}

METHOD(pcsc_token_cards_t, handle, void,
	private_pcsc_token_cards_t *this, const pcsc_token_event_t *event)
{
	switch (event->type)
	{
		case PCSC_TOKEN_OUTAGE:
			this->sas->set_unsettled(this->sas, TRUE);
			suspend_all(this, FALSE);
			break;
		case PCSC_TOKEN_SETTLED:
			this->sas->set_unsettled(this->sas, FALSE);
			break;
		case PCSC_TOKEN_RECOVERED:
			break;
		default:
			handle_card(this, event);
			break;
	}
}

METHOD(pcsc_token_cards_t, check, void,
	private_pcsc_token_cards_t *this, const pcsc_token_reader_t *states,
	u_int count)
{
	enumerator_t *enumerator;
	pcsc_token_card_t *card;

	this->mutex->lock(this->mutex);
	memcpy(this->readers, states, count * sizeof(*states));
	this->count = count;
	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		if (card->is_broken(card))
		{
			queue_load(this, card, PCSC_TOKEN_LOAD_AGAIN);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_cards_t, stop, void,
	private_pcsc_token_cards_t *this)
{
	suspend_all(this, TRUE);
}

METHOD(pcsc_token_cards_t, reload, void,
	private_pcsc_token_cards_t *this)
{
	enumerator_t *enumerator;
	pcsc_token_card_t *card;

	this->sas->forget_tokens(this->sas);
	this->mutex->lock(this->mutex);
	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		queue_load(this, card, PCSC_TOKEN_LOAD_RELOAD);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_cards_t, list, void,
	private_pcsc_token_cards_t *this, pcsc_token_list_t cb, void *data)
{
	char buf[PCSC_TOKEN_PRINTABLE_LEN];
	enumerator_t *enumerator;
	pcsc_token_card_t *card;
	u_int i;

	this->mutex->lock(this->mutex);
	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		card->list(card, cb, data);
	}
	enumerator->destroy(enumerator);
	for (i = 0; i < this->count; i++)
	{
		if (!find_card(this, this->readers[i].name))
		{
			cb(data, pcsc_token_printable(this->readers[i].name, buf), NULL,
			   "empty");
		}
	}
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_cards_t, destroy, void,
	private_pcsc_token_cards_t *this)
{
	this->cards->destroy_offset(this->cards,
								offsetof(pcsc_token_card_t, destroy));
	this->mutex->destroy(this->mutex);
	free(this);
}

pcsc_token_cards_t *pcsc_token_cards_create(options_store_t *store,
											pcsc_token_sas_t *sas)
{
	private_pcsc_token_cards_t *this;

	INIT(this,
		.public = {
			.handle = _handle,
			.check = _check,
			.stop = _stop,
			.reload = _reload,
			.list = _list,
			.destroy = _destroy,
		},
		.store = store,
		.sas = sas,
		.cards = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
