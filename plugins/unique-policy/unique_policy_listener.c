/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_listener.h"
#include "unique_policy_control.h"
#include "unique_policy_enforcer.h"
#include "unique_policy_provider.h"
#include "unique_policy_settings.h"

#include <daemon.h>
#include <collections/hashtable.h>
#include <encoding/payloads/notify_payload.h>
#include <threading/mutex.h>

typedef struct private_unique_policy_listener_t private_unique_policy_listener_t;

struct private_unique_policy_listener_t {
	unique_policy_listener_t public;
	unique_policy_enforcer_t *enforcer;
	unique_policy_provider_t *provider;
	unique_policy_control_t *control;
	/** names of connections that were warned about */
	hashtable_t *warned;
	/** guards warned, which a reload clears outside of hooks */
	mutex_t *mutex;
};

/**
 * Warn, once per connection, about a policy of its own: core applies that
 * before we are asked, and counts in a way of its own.
 */
static void check_connection(private_unique_policy_listener_t *this,
							 peer_cfg_t *cfg)
{
	unique_policy_t policy = cfg->get_unique_policy(cfg);
	char *name = cfg->get_name(cfg);

	if (policy != UNIQUE_REPLACE && policy != UNIQUE_KEEP)
	{
		return;
	}
	this->mutex->lock(this->mutex);
	if (this->warned->get(this->warned, name))
	{
		name = NULL;
	}
	else
	{
		name = strdup(name);
		this->warned->put(this->warned, name, name);
	}
	this->mutex->unlock(this->mutex);
	if (name)
	{
		DBG1(DBG_CFG, "unique-policy: connection '%s' has unique = %s, which "
			 "charon enforces before unique-policy is asked; set unique = "
			 "never there", name, unique_policy_modes[policy]);
	}
}

/**
 * Forget which connections were warned about.
 */
static void clear_warned(private_unique_policy_listener_t *this)
{
	enumerator_t *enumerator;
	char *name;

	enumerator = this->warned->create_enumerator(this->warned);
	while (enumerator->enumerate(enumerator, NULL, &name))
	{
		this->warned->remove_at(this->warned, enumerator);
		free(name);
	}
	enumerator->destroy(enumerator);
}

METHOD(listener_t, authorize, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	check_connection(this, ike_sa->get_peer_cfg(ike_sa));
	if (final && !this->enforcer->admit(this->enforcer, ike_sa))
	{
		*success = FALSE;
	}
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);

	/* one that is redirected (RFC 5685) is about to go, and nobody has to make
	 * room for it */
	if (up && !ike_sa->has_condition(ike_sa, COND_REDIRECTED))
	{
		this->enforcer->up(this->enforcer, unique_id);
	}
	else
	{
		this->enforcer->down(this->enforcer, unique_id);
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	/* an IKE_SA that is being deleted frees its place at once, it may take
	 * minutes until a dead peer is given up on */
	if (state == IKE_DELETING || state == IKE_DESTROYING)
	{
		this->enforcer->down(this->enforcer, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_unique_policy_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	this->enforcer->rekey(this->enforcer, old, new);
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	this->enforcer->move(this->enforcer, ike_sa, remote);
	return TRUE;
}

/**
 * Take an INITIAL_CONTACT off a message.
 */
static bool remove_initial_contact(message_t *message)
{
	enumerator_t *enumerator;
	notify_payload_t *notify;
	payload_t *payload;
	bool found = FALSE;

	enumerator = message->create_payload_enumerator(message);
	while (enumerator->enumerate(enumerator, &payload))
	{
		if (payload->get_type(payload) == PLV2_NOTIFY ||
			payload->get_type(payload) == PLV1_NOTIFY)
		{
			notify = (notify_payload_t*)payload;
			switch (notify->get_notify_type(notify))
			{
				case INITIAL_CONTACT:
				case INITIAL_CONTACT_IKEV1:
					message->remove_payload_at(message, enumerator);
					payload->destroy(payload);
					found = TRUE;
					break;
				default:
					break;
			}
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

METHOD(listener_t, message, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa,
	message_t *message, bool incoming, bool plain)
{
	if (!incoming || !plain)
	{
		return TRUE;
	}
	/* with MOBIKE, core doesn't follow a NAT that assigns another port, but
	 * the client comes from there when it reauthenticates */
	this->enforcer->move(this->enforcer, ike_sa, message->get_source(message));
	switch (message->get_exchange_type(message))
	{
		case IKE_AUTH:
		case ID_PROT:
		case AGGRESSIVE:
		case INFORMATIONAL_V1:
			break;
		default:
			return TRUE;
	}
	/* core would act on it whatever the mode, and on its own count. Until the
	 * IKE_SA is authorized it keeps the notify in mind itself, so that
	 * unauthenticated peers don't grow a table of ours */
	if (remove_initial_contact(message) &&
		!this->enforcer->initial_contact(this->enforcer,
										 ike_sa->get_unique_id(ike_sa)))
	{
		ike_sa->set_condition(ike_sa, COND_INIT_CONTACT_SEEN, TRUE);
	}
	return TRUE;
}

METHOD(unique_policy_listener_t, reload, void,
	private_unique_policy_listener_t *this)
{
	this->mutex->lock(this->mutex);
	clear_warned(this);
	this->mutex->unlock(this->mutex);
	this->enforcer->reload(this->enforcer);
}

METHOD(unique_policy_listener_t, destroy, void,
	private_unique_policy_listener_t *this)
{
	this->control->destroy(this->control);
	this->provider->destroy(this->provider);
	this->enforcer->destroy(this->enforcer);
	clear_warned(this);
	this->warned->destroy(this->warned);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
unique_policy_listener_t *unique_policy_listener_create(options_store_t *store)
{
	private_unique_policy_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.authorize = _authorize,
				.ike_updown = _ike_updown,
				.ike_state_change = _ike_state_change,
				.ike_rekey = _ike_rekey,
				.ike_update = _ike_update,
				.message = _message,
			},
			.reload = _reload,
			.destroy = _destroy,
		},
		.enforcer = unique_policy_enforcer_create(store),
		.warned = hashtable_create(hashtable_hash_str, hashtable_equals_str, 8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	this->provider = unique_policy_provider_create(this->enforcer);
	this->control = unique_policy_control_create(store, this->enforcer);
	return &this->public;
}
