/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_sas.h"

#include <daemon.h>
#include <ike_sa_close.h>
#include <ike_sa_table.h>
#include <collections/linked_list.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How often to see whether cards are still being looked for, in ms.
 */
#define LOOK_INTERVAL 250

typedef struct private_pcsc_token_sas_t private_pcsc_token_sas_t;
typedef struct entry_t entry_t;
typedef struct used_key_t used_key_t;
typedef struct removal_t removal_t;

/**
 * A key that is or was on a card in a reader.
 */
struct used_key_t {
	chunk_t fingerprint;
	/** how often it is in use: by cards, or the same one in two readers */
	u_int copies;
	/** counts its removals */
	u_int removals;
	/** whether it was away for longer than it may be */
	bool gone;
	/** token that it was loaded by first, or NULL */
	char *token;
};

/**
 * An IKE_SA.
 */
struct entry_t {
	/** key it was authenticated with */
	used_key_t *key;
	uint32_t unique_id;
	/** its SPIs */
	ike_sa_id_t *id;
	/** its connection */
	char *name;
};

/**
 * Job: a removal whose delay is over.
 */
struct removal_t {
	private_pcsc_token_sas_t *sas;
	/** key, and the number of its removal */
	used_key_t *key;
	u_int number;
	/** token it was loaded by */
	char *token;
	/** whether it can't be somewhere else */
	bool sure;
	/** whether it may have come back meanwhile */
	bool delayed;
};

struct private_pcsc_token_sas_t {
	pcsc_token_sas_t public;
	/** Keys, as used_key_t, protected by mutex. There are a few. */
	linked_list_t *keys;
	/** IKE_SAs authenticated with one of them, unique ID => entry_t, protected
	 * by mutex */
	hashtable_t *sas;
	/** whether cards may turn up elsewhere, and how many have their keys
	 * loaded, protected by mutex */
	bool unsettled;
	u_int loading;
	/** lock for the above, not held while anything is called */
	mutex_t *mutex;
	/** whom to tell that charon is about to stop */
	void (*shutdown)(void *data);
	void *data;
};

/**
 * Create an entry_t, all is cloned.
 */
static entry_t *entry_create(used_key_t *key, uint32_t unique_id,
							 ike_sa_id_t *id, const char *name)
{
	entry_t *this;

	INIT(this,
		.key = key,
		.unique_id = unique_id,
		.id = id->clone(id),
		.name = strdup(name),
	);
	return this;
}

/**
 * Destroy an entry_t.
 */
static void entry_destroy(entry_t *this)
{
	this->id->destroy(this->id);
	free(this->name);
	free(this);
}

/**
 * Destroy a used_key_t.
 */
static void used_key_destroy(used_key_t *this)
{
	chunk_free(&this->fingerprint);
	free(this->token);
	free(this);
}

/**
 * Destroy a removal_t.
 */
static void removal_destroy(removal_t *this)
{
	free(this->token);
	free(this);
}

CALLBACK(match_key, bool,
	used_key_t *key, va_list args)
{
	chunk_t *fingerprint;

	VA_ARGS_VGET(args, fingerprint);
	return chunk_equals(key->fingerprint, *fingerprint);
}

/**
 * Find a key, mutex held.
 */
static used_key_t *find_key(private_pcsc_token_sas_t *this, chunk_t fingerprint)
{
	used_key_t *key = NULL;

	this->keys->find_first(this->keys, match_key, (void**)&key, &fingerprint);
	return key;
}

/**
 * Fingerprint of the key we authenticated an IKE_SA with.
 *
 * @return			internal data, chunk_empty if it wasn't a certificate's
 */
static chunk_t get_fingerprint(ike_sa_t *ike_sa, public_key_t **key)
{
	enumerator_t *enumerator;
	certificate_t *cert = NULL;
	auth_cfg_t *auth;
	chunk_t fingerprint = chunk_empty;

	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, TRUE);
	while (!cert && enumerator->enumerate(enumerator, &auth))
	{
		cert = auth->get(auth, AUTH_RULE_SUBJECT_CERT);
	}
	*key = cert ? cert->get_public_key(cert) : NULL;
	if (*key)
	{
		(*key)->get_fingerprint(*key, KEYID_PUBKEY_SHA1, &fingerprint);
	}
	enumerator->destroy(enumerator);
	return fingerprint;
}

/**
 * Note an IKE_SA that is up.
 */
static void sa_up(private_pcsc_token_sas_t *this, ike_sa_t *ike_sa)
{
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);
	public_key_t *public;
	chunk_t fingerprint;
	used_key_t *key;
	entry_t *entry;
	bool gone = FALSE, any;

	/* keys stay known once their cards are gone */
	this->mutex->lock(this->mutex);
	any = this->keys->get_count(this->keys);
	this->mutex->unlock(this->mutex);
	if (!any)
	{
		return;
	}
	fingerprint = get_fingerprint(ike_sa, &public);
	this->mutex->lock(this->mutex);
	key = fingerprint.len ? find_key(this, fingerprint) : NULL;
	if (key)
	{
		entry = entry_create(key, ike_sa->get_unique_id(ike_sa), id,
							 ike_sa->get_name(ike_sa));
		ike_sa_table_put(this->sas, entry->unique_id, entry);
		gone = key->gone;
	}
	this->mutex->unlock(this->mutex);
	DESTROY_IF(public);
	if (gone)
	{
		DBG1(DBG_IKE, "pcsc-token: closing IKE_SA %s[%u]: its card was removed "
			 "while it was established", ike_sa->get_name(ike_sa),
			 ike_sa->get_unique_id(ike_sa));
		ike_sa_close(id, JOB_PRIO_HIGH, IKE_SA_WHY_PCSC_TOKEN);
	}
}

/**
 * Forget an IKE_SA.
 */
static void sa_down(private_pcsc_token_sas_t *this, ike_sa_t *ike_sa)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = ike_sa_table_take(this->sas, ike_sa->get_unique_id(ike_sa));
	this->mutex->unlock(this->mutex);
	if (entry)
	{
		entry_destroy(entry);
	}
}

METHOD(listener_t, ike_updown, bool,
	private_pcsc_token_sas_t *this, ike_sa_t *ike_sa, bool up)
{
	if (up)
	{
		sa_up(this, ike_sa);
	}
	else
	{
		sa_down(this, ike_sa);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_pcsc_token_sas_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	/* not each end of an IKE_SA comes with an updown event */
	if (state == IKE_DESTROYING)
	{
		sa_down(this, ike_sa);
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_pcsc_token_sas_t *this, ike_sa_t *old, ike_sa_t *new)
{
	ike_sa_id_t *id = new->get_id(new);
	entry_t *entry;
	bool gone = FALSE;

	this->mutex->lock(this->mutex);
	entry = ike_sa_table_move(this->sas, old->get_unique_id(old),
							  new->get_unique_id(new));
	if (entry)
	{
		entry->unique_id = new->get_unique_id(new);
		entry->id->destroy(entry->id);
		entry->id = id->clone(id);
		gone = entry->key->gone;
	}
	this->mutex->unlock(this->mutex);
	if (gone)
	{
		/* the one to be closed was replaced meanwhile */
		ike_sa_close(id, JOB_PRIO_HIGH, IKE_SA_WHY_PCSC_TOKEN);
	}
	return TRUE;
}

METHOD(listener_t, alert, bool,
	private_pcsc_token_sas_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	if (alert == ALERT_SHUTDOWN_SIGNAL)
	{
		this->shutdown(this->data);
	}
	return TRUE;
}

METHOD(pcsc_token_sas_t, key_present, void,
	private_pcsc_token_sas_t *this, chunk_t fingerprint, const char *token)
{
	used_key_t *key;

	this->mutex->lock(this->mutex);
	key = find_key(this, fingerprint);
	if (!key)
	{
		INIT(key,
			.fingerprint = chunk_clone(fingerprint),
		);
		this->keys->insert_last(this->keys, key);
	}
	key->token = key->token ?: strdup(token);
	key->copies++;
	key->gone = FALSE;
	/* a removal that waits for its delay isn't one anymore */
	key->removals++;
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_sas_t, get_token, char*,
	private_pcsc_token_sas_t *this, chunk_t fingerprint)
{
	used_key_t *key;
	char *token;

	this->mutex->lock(this->mutex);
	key = find_key(this, fingerprint);
	token = key ? strdupnull(key->token) : NULL;
	this->mutex->unlock(this->mutex);
	return token;
}

METHOD(pcsc_token_sas_t, forget_tokens, void,
	private_pcsc_token_sas_t *this)
{
	enumerator_t *enumerator;
	used_key_t *key;

	this->mutex->lock(this->mutex);
	enumerator = this->keys->create_enumerator(this->keys);
	while (enumerator->enumerate(enumerator, &key))
	{
		free(key->token);
		key->token = NULL;
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_sas_t, key_unused, void,
	private_pcsc_token_sas_t *this, chunk_t fingerprint)
{
	used_key_t *key;

	this->mutex->lock(this->mutex);
	key = find_key(this, fingerprint);
	if (key)
	{
		key->copies--;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_sas_t, set_unsettled, void,
	private_pcsc_token_sas_t *this, bool unsettled)
{
	this->mutex->lock(this->mutex);
	this->unsettled = unsettled;
	this->mutex->unlock(this->mutex);
}

METHOD(pcsc_token_sas_t, loading, void,
	private_pcsc_token_sas_t *this, bool begin)
{
	this->mutex->lock(this->mutex);
	this->loading += begin ? 1 : -1;
	this->mutex->unlock(this->mutex);
}

/**
 * Copy the IKE_SAs that were authenticated with a key, mutex held.
 */
static void find_sas(private_pcsc_token_sas_t *this, used_key_t *key,
					 linked_list_t *found)
{
	enumerator_t *enumerator;
	entry_t *entry;

	enumerator = this->sas->create_enumerator(this->sas);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		if (entry->key == key)
		{
			found->insert_last(found, entry_create(key, entry->unique_id,
												   entry->id, entry->name));
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Job: act on a removal.
 */
static job_requeue_t act_on_removal(removal_t *removal)
{
	private_pcsc_token_sas_t *this = removal->sas;
	linked_list_t *orphans = linked_list_create();
	entry_t *entry;
	bool wait;

	this->mutex->lock(this->mutex);
	/* the card may turn up in another reader, or be back without that its key
	 * is loaded yet */
	wait = (this->loading && (removal->delayed || !removal->sure)) ||
		   (this->unsettled && !removal->sure);
	if (!wait && removal->key->removals == removal->number)
	{
		removal->key->gone = TRUE;
		find_sas(this, removal->key, orphans);
	}
	this->mutex->unlock(this->mutex);
	while (orphans->remove_first(orphans, (void**)&entry) == SUCCESS)
	{
		DBG1(DBG_IKE, "pcsc-token: closing IKE_SA %s[%u]: the card of "
			 "tokens.%s was removed (on_removal = terminate)", entry->name,
			 entry->unique_id, removal->token);
		ike_sa_close(entry->id, JOB_PRIO_HIGH, IKE_SA_WHY_PCSC_TOKEN);
		entry_destroy(entry);
	}
	orphans->destroy(orphans);
	return wait ? JOB_RESCHEDULE_MS(LOOK_INTERVAL) : JOB_REQUEUE_NONE;
}

METHOD(pcsc_token_sas_t, key_removed, void,
	private_pcsc_token_sas_t *this, chunk_t fingerprint, const char *token,
	uint32_t delay, bool sure)
{
	removal_t *removal = NULL;
	used_key_t *key;
	job_t *job;

	this->mutex->lock(this->mutex);
	key = find_key(this, fingerprint);
	if (key && --key->copies == 0)
	{
		INIT(removal,
			.sas = this,
			.key = key,
			.number = ++key->removals,
			.token = strdup(token),
			.sure = sure,
			.delayed = delay > 0,
		);
	}
	this->mutex->unlock(this->mutex);
	if (removal)
	{
		job = (job_t*)callback_job_create_with_prio(
					(callback_job_cb_t)act_on_removal, removal,
					(callback_job_cleanup_t)removal_destroy, NULL,
					JOB_PRIO_HIGH);
		if (delay)
		{
			lib->scheduler->schedule_job(lib->scheduler, job, delay);
		}
		else
		{
			lib->processor->queue_job(lib->processor, job);
		}
	}
}

METHOD(pcsc_token_sas_t, destroy, void,
	private_pcsc_token_sas_t *this)
{
	ike_sa_table_destroy(this->sas, (void*)entry_destroy);
	this->keys->destroy_function(this->keys, (void*)used_key_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

pcsc_token_sas_t *pcsc_token_sas_create(void (*shutdown)(void *data),
										void *data)
{
	private_pcsc_token_sas_t *this;

	INIT(this,
		.public = {
			.listener = {
				.alert = _alert,
				.ike_updown = _ike_updown,
				.ike_state_change = _ike_state_change,
				.ike_rekey = _ike_rekey,
			},
			.key_present = _key_present,
			.get_token = _get_token,
			.forget_tokens = _forget_tokens,
			.key_unused = _key_unused,
			.key_removed = _key_removed,
			.set_unsettled = _set_unsettled,
			.loading = _loading,
			.destroy = _destroy,
		},
		.keys = linked_list_create(),
		.sas = ike_sa_table_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.shutdown = shutdown,
		.data = data,
	);
	return &this->public;
}
