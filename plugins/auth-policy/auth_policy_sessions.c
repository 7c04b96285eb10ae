/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_sessions.h"

#include <ike_sa_table.h>
#include <ike_sa_why.h>

#include <daemon.h>
#include <processing/jobs/callback_job.h>
#include <threading/mutex.h>

/**
 * How often a job looks whether a session is gone that it closes, in ms, and
 * for how many times: it may not be where it can be found yet, or be in use.
 */
#define CLOSE_INTERVAL 100
#define CLOSE_TRIES 600

/**
 * How long an IKE_SA that has just come out of a rekeying is left alone, in ms:
 * the peer may not have heard of it yet, and wouldn't know what is deleted.
 */
#define REKEY_DELAY 500

typedef struct private_auth_policy_sessions_t private_auth_policy_sessions_t;
typedef struct record_t record_t;
typedef struct closing_t closing_t;

struct private_auth_policy_sessions_t {
	auth_policy_sessions_t public;
	void (*moved)(void *data, uint32_t unique_id, host_t *host);
	void *data;
	/** record_t by unique ID, protected by mutex */
	hashtable_t *records;
	/** how many were closed, with and without a block, likewise */
	uint64_t blocked;
	uint64_t revoked;
	/** taken in hooks, so nothing that takes time is done meanwhile */
	mutex_t *mutex;
};

/**
 * A session.
 */
struct record_t {
	auth_policy_person_t *person;
	/** NULL once it is logged that it is closed */
	auth_policy_who_t *who;
	ike_sa_id_t *id;
	/** when it came out of a rekeying, monotonic, 0 if it didn't */
	time_t rekeyed;
	/** is it to be closed, and by which block, a reference, NULL if a
	 * certificate of it was refused */
	bool doomed;
	auth_policy_block_t *block;
};

/**
 * A session that a job closes.
 */
struct closing_t {
	private_auth_policy_sessions_t *this;
	uint32_t unique_id;
	u_int tries;
};

static void record_destroy(void *value)
{
	record_t *record = value;

	auth_policy_person_destroy(record->person);
	auth_policy_who_destroy(record->who);
	record->id->destroy(record->id);
	options_unref(record->block);
	free(record);
}

/**
 * Take a session off the table.
 */
static void forget(private_auth_policy_sessions_t *this, uint32_t unique_id)
{
	record_t *record;

	this->mutex->lock(this->mutex);
	record = ike_sa_table_take(this->records, unique_id);
	this->mutex->unlock(this->mutex);
	if (record)
	{
		record_destroy(record);
	}
}

/**
 * Log that a session is closed, and tell about it.
 */
static void tell_closed(auth_policy_block_t *block,
						const auth_policy_who_t *who)
{
	char *line;

	if (!block)
	{
		DBG1(DBG_IKE, "auth-policy: closing the session of " AUTH_POLICY_WHO
			 ", as a certificate of it was refused", AUTH_POLICY_WHO_ARGS(who));
		return;
	}
	line = auth_policy_block_print(block);
	DBG1(DBG_IKE, "auth-policy: closing the session of " AUTH_POLICY_WHO
		 ", which is blocked: %s", AUTH_POLICY_WHO_ARGS(who), line);
	auth_policy_tell_block("closed", block, who);
	free(line);
}

/**
 * Close a session, and say so the first time.
 *
 * @return				FALSE if it is gone, or another by now that stays
 */
static bool try_close(private_auth_policy_sessions_t *this, uint32_t unique_id)
{
	auth_policy_block_t *block = NULL;
	auth_policy_who_t *who = NULL;
	ike_sa_id_t *id = NULL;
	ike_sa_t *ike_sa;
	record_t *record;
	bool doomed;

	this->mutex->lock(this->mutex);
	record = ike_sa_table_get(this->records, unique_id);
	if (record && record->doomed)
	{
		id = record->id->clone(record->id);
	}
	this->mutex->unlock(this->mutex);
	if (!id)
	{
		return FALSE;
	}
	ike_sa = charon->ike_sa_manager->checkout(charon->ike_sa_manager, id);
	id->destroy(id);
	this->mutex->lock(this->mutex);
	record = ike_sa_table_get(this->records, unique_id);
	doomed = record && record->doomed;
	if (doomed)
	{
		block = options_ref(record->block);
		who = record->who;
		record->who = NULL;
	}
	if (who)
	{
		(*(block ? &this->blocked : &this->revoked))++;
	}
	this->mutex->unlock(this->mutex);
	if (who)
	{
		tell_closed(block, who);
	}
	auth_policy_who_destroy(who);
	if (ike_sa && doomed)
	{
		ike_sa_why_say(unique_id,
					   block ? IKE_SA_WHY_BLOCK : IKE_SA_WHY_REVOCATION);
		ike_sa->delete(ike_sa, TRUE);
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager,
													ike_sa);
	}
	else if (ike_sa)
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
	options_unref(block);
	return doomed;
}

/**
 * Job: close a session, until it is gone.
 */
static job_requeue_t close_session(closing_t *closing)
{
	if (!try_close(closing->this, closing->unique_id))
	{
		return JOB_REQUEUE_NONE;
	}
	if (++closing->tries >= CLOSE_TRIES)
	{
		forget(closing->this, closing->unique_id);
		return JOB_REQUEUE_NONE;
	}
	return JOB_RESCHEDULE_MS(CLOSE_INTERVAL);
}

/**
 * Have a job close a session. With the mutex held.
 */
static void queue_closing(private_auth_policy_sessions_t *this,
						  uint32_t unique_id, record_t *record)
{
	closing_t *closing;
	job_t *job;

	INIT(closing,
		.this = this,
		.unique_id = unique_id,
	);
	job = (job_t*)callback_job_create_with_prio(
							(callback_job_cb_t)close_session, closing, free,
							NULL, JOB_PRIO_HIGH);
	if (record->rekeyed && time_monotonic(NULL) <= record->rekeyed + 1)
	{
		lib->scheduler->schedule_job_ms(lib->scheduler, job, REKEY_DELAY);
	}
	else
	{
		lib->processor->queue_job(lib->processor, job);
	}
}

/**
 * Have a session closed if it isn't being. With the mutex held.
 *
 * @return				FALSE if it is
 */
static bool doom(private_auth_policy_sessions_t *this, uint32_t unique_id,
				 record_t *record, auth_policy_block_t *block)
{
	if (record->doomed)
	{
		return FALSE;
	}
	record->doomed = TRUE;
	record->block = options_ref(block);
	queue_closing(this, unique_id, record);
	return TRUE;
}

METHOD(auth_policy_sessions_t, add, void,
	private_auth_policy_sessions_t *this, ike_sa_t *ike_sa,
	auth_policy_person_t *person)
{
	record_t *record, *before;
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);

	INIT(record,
		.person = person,
		.who = auth_policy_who_create(ike_sa),
		.id = id->clone(id),
	);
	this->mutex->lock(this->mutex);
	before = ike_sa_table_put(this->records, ike_sa->get_unique_id(ike_sa),
							  record);
	this->mutex->unlock(this->mutex);
	if (before)
	{
		record_destroy(before);
	}
}

METHOD(auth_policy_sessions_t, close_, bool,
	private_auth_policy_sessions_t *this, uint32_t unique_id,
	auth_policy_block_t *block)
{
	record_t *record;
	bool closes;

	this->mutex->lock(this->mutex);
	record = ike_sa_table_get(this->records, unique_id);
	closes = record && doom(this, unique_id, record, block);
	this->mutex->unlock(this->mutex);
	return closes;
}

METHOD(auth_policy_sessions_t, close_all, u_int,
	private_auth_policy_sessions_t *this, auth_policy_sessions_cb_t cb,
	void *data, auth_policy_block_t *block)
{
	enumerator_t *enumerator;
	record_t *record;
	uintptr_t key;
	u_int count = 0;

	this->mutex->lock(this->mutex);
	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &key, &record))
	{
		if (cb(data, record->person))
		{
			count += doom(this, key, record, block);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return count;
}

METHOD(auth_policy_sessions_t, get_ids, array_t*,
	private_auth_policy_sessions_t *this)
{
	array_t *ids = array_create(sizeof(uint32_t), 0);
	enumerator_t *enumerator;
	record_t *record;
	uintptr_t key;
	uint32_t id;

	this->mutex->lock(this->mutex);
	enumerator = this->records->create_enumerator(this->records);
	while (enumerator->enumerate(enumerator, &key, &record))
	{
		if (array_count(record->person->certs))
		{
			id = key;
			array_insert(ids, ARRAY_TAIL, &id);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return ids;
}

METHOD(auth_policy_sessions_t, get_, auth_policy_session_t*,
	private_auth_policy_sessions_t *this, uint32_t unique_id)
{
	auth_policy_session_t *session = NULL;
	auth_policy_shown_t *shown;
	record_t *record;
	char *name;
	int i;

	this->mutex->lock(this->mutex);
	record = ike_sa_table_get(this->records, unique_id);
	if (record && !record->doomed)
	{
		INIT(session,
			.who = auth_policy_who_clone(record->who),
		);
		for (i = 0; array_get(record->person->names, i, &name); i++)
		{
			array_insert_create(&session->names, ARRAY_TAIL, strdup(name));
		}
		for (i = 0; array_get(record->person->certs, i, &shown); i++)
		{
			array_insert_create(&session->certs, ARRAY_TAIL,
								shown->cert->get_ref(shown->cert));
		}
	}
	this->mutex->unlock(this->mutex);
	return session;
}

void auth_policy_session_destroy(auth_policy_session_t *session)
{
	auth_policy_who_destroy(session->who);
	array_destroy_function(session->names, (array_callback_t)free, NULL);
	array_destroy_offset(session->certs, offsetof(certificate_t, destroy));
	free(session);
}

METHOD(auth_policy_sessions_t, get_closed, void,
	private_auth_policy_sessions_t *this, uint64_t *blocked, uint64_t *revoked)
{
	this->mutex->lock(this->mutex);
	*blocked = this->blocked;
	*revoked = this->revoked;
	this->mutex->unlock(this->mutex);
}

METHOD(listener_t, ike_state_change, bool,
	private_auth_policy_sessions_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		forget(this, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_auth_policy_sessions_t *this, ike_sa_t *old, ike_sa_t *new)
{
	uint32_t unique_id = new->get_unique_id(new);
	ike_sa_id_t *id = new->get_id(new);
	record_t *record;

	this->mutex->lock(this->mutex);
	record = ike_sa_table_move(this->records, old->get_unique_id(old),
							   unique_id);
	if (record)
	{
		record->id->destroy(record->id);
		record->id = id->clone(id);
		if (record->who)
		{
			record->who->uniqueid = unique_id;
		}
		record->rekeyed = time_monotonic(NULL);
		if (record->doomed)
		{
			queue_closing(this, unique_id, record);
		}
	}
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_auth_policy_sessions_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	record_t *record;

	if (!remote)
	{
		return TRUE;
	}
	this->mutex->lock(this->mutex);
	record = ike_sa_table_get(this->records, unique_id);
	if (record)
	{
		record->person->host->destroy(record->person->host);
		record->person->host = remote->clone(remote);
		if (record->who)
		{
			record->who->host->destroy(record->who->host);
			record->who->host = remote->clone(remote);
		}
	}
	this->mutex->unlock(this->mutex);
	if (record)
	{
		this->moved(this->data, unique_id, remote);
	}
	return TRUE;
}

METHOD(auth_policy_sessions_t, destroy, void,
	private_auth_policy_sessions_t *this)
{
	ike_sa_table_destroy(this->records, record_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

auth_policy_sessions_t *auth_policy_sessions_create(
							void (*moved)(void *data, uint32_t unique_id,
										  host_t *host), void *data)
{
	private_auth_policy_sessions_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_state_change = _ike_state_change,
				.ike_rekey = _ike_rekey,
				.ike_update = _ike_update,
			},
			.add = _add,
			.close = _close_,
			.close_all = _close_all,
			.get_ids = _get_ids,
			.get = _get_,
			.get_closed = _get_closed,
			.destroy = _destroy,
		},
		.moved = moved,
		.data = data,
		.records = ike_sa_table_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &this->public;
}
