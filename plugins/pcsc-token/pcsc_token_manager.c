/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_manager.h"
#include "pcsc_token_events.h"
#include "pcsc_token_initiator.h"
#include "pcsc_token_pcscd.h"
#include "pcsc_token_process.h"
#include "pcsc_token_watcher.h"

#include <daemon.h>
#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

typedef struct private_pcsc_token_manager_t private_pcsc_token_manager_t;
typedef struct load_job_t load_job_t;

struct private_pcsc_token_manager_t {
	pcsc_token_manager_t public;
	/** settings in force */
	options_store_t *store;
	/** IKE_SAs */
	pcsc_token_sas_t *sas;
	/** tells about readers */
	pcsc_token_watcher_t *watcher;
	/** what happened to them, used by the watcher's job alone */
	pcsc_token_readers_t *changes;
	/** cards, as pcsc_token_card_t, protected by mutex */
	linked_list_t *cards;
	/** readers there are, protected by mutex */
	pcsc_token_reader_t readers[PCSC_TOKEN_READERS_MAX];
	/** number of them, protected by mutex */
	u_int count;
	/** whether pcscd is there, protected by mutex */
	bool up;
	/** when to say which tokens have no reader: some time after a start, a
	 * reload and an outage; 0 if that was done, protected by mutex */
	uint64_t notice_due;
	/** lock for the above, not held while a card or pcscd is waited for */
	mutex_t *mutex;
};

/**
 * Job: load the keys of a card.
 */
struct load_job_t {
	private_pcsc_token_manager_t *manager;
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
	options_store_t *store = this->manager->store;
	pcsc_token_settings_t *settings = store->get(store);

	this->card->load(this->card, settings, this->why);
	if (this->why == PCSC_TOKEN_LOAD_INSERTED)
	{
		initiate_all(settings, this->card);
	}
	options_unref(settings);
	this->manager->sas->loading(this->manager->sas, FALSE);
	return JOB_REQUEUE_NONE;
}

/**
 * Queue a job that loads the keys of a card.
 */
static void queue_load(private_pcsc_token_manager_t *this,
					   pcsc_token_card_t *card, pcsc_token_load_t why)
{
	load_job_t *job;

	INIT(job,
		.manager = this,
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
static pcsc_token_card_t *find_card(private_pcsc_token_manager_t *this,
									const char *reader)
{
	pcsc_token_card_t *card = NULL;

	this->cards->find_first(this->cards, match_reader, (void**)&card, reader);
	return card;
}

/**
 * Let nobody wait for a card.
 */
static void suspend_all(private_pcsc_token_manager_t *this, bool stop)
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
static void handle_card(private_pcsc_token_manager_t *this,
						const pcsc_token_settings_t *settings,
						const pcsc_token_event_t *event)
{
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
		removed->remove(removed, settings, !event->unsure);
		removed->destroy(removed);
	}
}

/**
 * Pcscd is there from now on, or not.
 */
static void set_up(private_pcsc_token_manager_t *this, bool up)
{
	this->mutex->lock(this->mutex);
	this->up = up;
	this->notice_due = pcsc_token_now() + PCSC_TOKEN_SETTLE_TIME;
	this->mutex->unlock(this->mutex);
	pcsc_token_tell(up ? "pcscd-back" : "pcscd-lost", NULL, NULL);
}

/**
 * Act on what happened.
 */
static void handle(private_pcsc_token_manager_t *this,
				   const pcsc_token_settings_t *settings,
				   const pcsc_token_event_t *event)
{
	switch (event->type)
	{
		case PCSC_TOKEN_OUTAGE:
			DBG1(DBG_CFG, "pcsc-token: no pcscd at %s (%s): check "
				 "pcscd.socket, or set start_command; IKE_SAs stay, trying "
				 "again every %u seconds", pcsc_token_pcscd_path(),
				 event->reason, settings->poll_interval);
			set_up(this, FALSE);
			/* cards may turn up in other readers */
			this->sas->set_unsettled(this->sas, TRUE);
			suspend_all(this, FALSE);
			break;
		case PCSC_TOKEN_RECOVERED:
			if (event->duration)
			{
				DBG1(DBG_CFG, "pcsc-token: pcscd is back after %llu seconds",
					 (unsigned long long)event->duration / 1000);
			}
			set_up(this, TRUE);
			break;
		case PCSC_TOKEN_SETTLED:
			this->sas->set_unsettled(this->sas, FALSE);
			break;
		default:
			handle_card(this, settings, event);
			break;
	}
}

/**
 * Log which tokens wait for a reader that isn't there.
 */
static void log_missing(const pcsc_token_settings_t *settings,
						const pcsc_token_reader_t *states, u_int count)
{
	char there[BUF_LEN * 2] = "none", name[PCSC_TOKEN_PRINTABLE_LEN];
	pcsc_token_t *token;
	size_t used = 0;
	u_int i, j;

	for (i = 0; i < count && used < sizeof(there); i++)
	{
		used += snprintf(there + used, sizeof(there) - used, "%s'%s'",
						 i ? ", " : "",
						 pcsc_token_printable(states[i].name, name));
	}
	for (i = 0; i < settings->tokens.count; i++)
	{
		token = settings->tokens.items[i];
		for (j = 0; j < count; j++)
		{
			if (token->readers->matches(token->readers, states[j].name))
			{
				break;
			}
		}
		if (j == count)
		{
			DBG1(DBG_CFG, "pcsc-token: tokens.%s.readers match no reader, "
				 "waiting for one; there are: %s", token->section.name, there);
		}
	}
}

/**
 * Note which readers there are. Load keys again whose helpers ended by
 * themselves: modules may crash.
 *
 * @return			whether to say which tokens have no reader
 */
static bool check(private_pcsc_token_manager_t *this,
				  const pcsc_token_reader_t *states, u_int count)
{
	enumerator_t *enumerator;
	pcsc_token_card_t *card;
	bool due;

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
	due = this->notice_due && pcsc_token_now() >= this->notice_due;
	this->notice_due = due ? 0 : this->notice_due;
	this->mutex->unlock(this->mutex);
	return due;
}

/**
 * Implementation of pcsc_token_report_t.
 */
static void report(void *data, const pcsc_token_reader_t *states, u_int count,
				   const char *reason)
{
	private_pcsc_token_manager_t *this = data;
	pcsc_token_settings_t *settings = this->store->get(this->store);
	pcsc_token_event_t event;

	if (states)
	{
		this->changes->update(this->changes, states, count, pcsc_token_now());
	}
	else
	{
		this->changes->lost(this->changes, reason, pcsc_token_now());
	}
	while (this->changes->next(this->changes, &event))
	{
		handle(this, settings, &event);
	}
	if (states && check(this, states, count))
	{
		log_missing(settings, states, count);
	}
	options_unref(settings);
}

/**
 * Charon is about to stop: kill what it would wait for.
 */
static void shutdown_(void *data)
{
	private_pcsc_token_manager_t *this = data;

	this->watcher->stop(this->watcher);
	suspend_all(this, TRUE);
}

METHOD(pcsc_token_manager_t, reload, void,
	private_pcsc_token_manager_t *this)
{
	enumerator_t *enumerator;
	pcsc_token_card_t *card;

	this->sas->forget_tokens(this->sas);
	this->mutex->lock(this->mutex);
	this->notice_due = pcsc_token_now() + PCSC_TOKEN_SETTLE_TIME;
	enumerator = this->cards->create_enumerator(this->cards);
	while (enumerator->enumerate(enumerator, &card))
	{
		queue_load(this, card, PCSC_TOKEN_LOAD_RELOAD);
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_manager_t, list, bool,
	private_pcsc_token_manager_t *this, pcsc_token_list_t cb, void *data)
{
	char buf[PCSC_TOKEN_PRINTABLE_LEN];
	enumerator_t *enumerator;
	pcsc_token_card_t *card;
	bool up;
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
	up = this->up;
	this->mutex->unlock(this->mutex);
	return up;
}

METHOD(pcsc_token_manager_t, destroy, void,
	private_pcsc_token_manager_t *this)
{
	charon->bus->remove_listener(charon->bus, &this->sas->listener);
	this->watcher->destroy(this->watcher);
	this->changes->destroy(this->changes);
	this->cards->destroy_offset(this->cards,
								offsetof(pcsc_token_card_t, destroy));
	this->sas->destroy(this->sas);
	this->mutex->destroy(this->mutex);
	free(this);
}

pcsc_token_manager_t *pcsc_token_manager_create(options_store_t *store)
{
	private_pcsc_token_manager_t *this;

	INIT(this,
		.public = {
			.reload = _reload,
			.list = _list,
			.destroy = _destroy,
		},
		.store = store,
		.changes = pcsc_token_readers_create(),
		.cards = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->sas = pcsc_token_sas_create(shutdown_, this);
	this->watcher = pcsc_token_watcher_create(store, report, this);
	charon->bus->add_listener(charon->bus, &this->sas->listener);
	return &this->public;
}
