/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ikev1_policy_main_mode.h"
#include "ikev1_policy_message.h"

#include <daemon.h>
#include <encoding/payloads/id_payload.h>
#include <ike_sa_table.h>
#include <log_limiter.h>

typedef struct private_ikev1_policy_main_mode_t
											private_ikev1_policy_main_mode_t;

/**
 * All but get_stats() is called by the bus only, under its mutex.
 */
struct private_ikev1_policy_main_mode_t {
	ikev1_policy_main_mode_t public;
	options_store_t *store;
	/** IKE_SAs that must not be established, with any value */
	hashtable_t *refused;
	log_limiter_t *limiter;
	/** counters, atomic */
	u_int accepted_count;
	u_int refused_count;
};

/**
 * Count and log a refusal.
 *
 * @param id		identity the peer claims, NULL if not known
 * @param option	option that decided
 */
static void log_refusal(private_ikev1_policy_main_mode_t *this, host_t *host,
						identification_t *id, const char *option)
{
	char more[LOG_LIMITER_MORE];

	__atomic_add_fetch(&this->refused_count, 1, __ATOMIC_RELAXED);
	if (!log_limiter_pass(this->limiter, more, "times", "%d %s %H", id != NULL,
						  option, host))
	{
		return;
	}
	if (id)
	{
		DBG1(DBG_IKE, "ikev1-policy: refused '%Y' at %H%s: it sent its "
			 "identity in main mode unencrypted and is not in ikev1-policy.%s",
			 id, host, more, option);
	}
	else
	{
		DBG1(DBG_IKE, "ikev1-policy: refused %H%s: it sent its identity in "
			 "main mode unencrypted and ikev1-policy.%s is no", host, more,
			 option);
	}
}

/**
 * Core is about to refuse a message itself, but doesn't say what to change.
 */
static void check_header(private_ikev1_policy_main_mode_t *this,
						 ikev1_policy_settings_t *settings, message_t *message)
{
	if (!settings->unencrypted_main_mode &&
		message->get_first_payload_type(message) == PLV1_ID)
	{
		log_refusal(this, message->get_source(message), NULL,
					"unencrypted_main_mode");
	}
}

/**
 * A message with an identity was accepted by core, for all that core knows.
 */
static void check_identity(private_ikev1_policy_main_mode_t *this,
						   ikev1_policy_settings_t *settings, ike_sa_t *ike_sa,
						   message_t *message)
{
	host_t *host = message->get_source(message);
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	id_payload_t *payload;
	identification_t *id;
	const char *option;

	payload = (id_payload_t*)message->get_payload(message, PLV1_ID);
	if (!payload)
	{
		return;
	}
	id = payload->get_identification(payload);
	option = ikev1_policy_settings_refuse(settings, host, id);
	if (option)
	{	/* core's own setting may have been read anew a moment ago, ours not */
		ike_sa_table_put(this->refused, unique_id, this);
		log_refusal(this, host, settings->unencrypted_main_mode ? id : NULL,
					option);
	}
	else
	{
		__atomic_add_fetch(&this->accepted_count, 1, __ATOMIC_RELAXED);
		DBG1(DBG_IKE, "ikev1-policy: '%Y' at %H sent its identity in main mode "
			 "unencrypted, which ikev1-policy.unencrypted_main_mode allows",
			 id, host);
	}
	id->destroy(id);
}

METHOD(listener_t, message, bool,
	private_ikev1_policy_main_mode_t *this, ike_sa_t *ike_sa,
	message_t *message, bool incoming, bool plain)
{
	ikev1_policy_settings_t *settings;

	if (incoming && ike_sa->get_version(ike_sa) == IKEV1 &&
		message->get_exchange_type(message) == ID_PROT &&
		!ikev1_policy_is_encrypted(message))
	{
		settings = this->store->get(this->store);
		if (plain)
		{
			check_identity(this, settings, ike_sa, message);
		}
		else
		{
			check_header(this, settings, message);
		}
		options_unref(&settings->head);
	}
	return TRUE;
}

METHOD(listener_t, authorize, bool,
	private_ikev1_policy_main_mode_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	if (ike_sa_table_get(this->refused, ike_sa->get_unique_id(ike_sa)))
	{
		*success = FALSE;
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_ikev1_policy_main_mode_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		ike_sa_table_take(this->refused, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(ikev1_policy_main_mode_t, get_stats, void,
	private_ikev1_policy_main_mode_t *this, u_int *accepted, u_int *refused)
{
	*accepted = __atomic_load_n(&this->accepted_count, __ATOMIC_RELAXED);
	*refused = __atomic_load_n(&this->refused_count, __ATOMIC_RELAXED);
}

METHOD(ikev1_policy_main_mode_t, destroy, void,
	private_ikev1_policy_main_mode_t *this)
{
	this->refused->destroy(this->refused);
	this->limiter->destroy(this->limiter);
	free(this);
}

ikev1_policy_main_mode_t *ikev1_policy_main_mode_create(options_store_t *store)
{
	private_ikev1_policy_main_mode_t *this;

	INIT(this,
		.public = {
			.listener = {
				.message = _message,
				.authorize = _authorize,
				.ike_state_change = _ike_state_change,
			},
			.get_stats = _get_stats,
			.destroy = _destroy,
		},
		.store = store,
		.refused = ike_sa_table_create(),
		.limiter = log_limiter_create(),
	);
	return &this->public;
}
