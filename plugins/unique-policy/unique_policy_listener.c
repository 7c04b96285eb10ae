/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unique_policy_listener.h"
#include "unique_policy_provider.h"

#include <daemon.h>
#include <encoding/payloads/notify_payload.h>
#include <ike_sa_ends.h>

typedef struct private_unique_policy_listener_t
	private_unique_policy_listener_t;

struct private_unique_policy_listener_t {
	unique_policy_listener_t public;
	unique_policy_provider_t *provider;
	/** only used by the bus, under its mutex */
	ike_sa_ends_t *ends;
};

METHOD(listener_t, authorize, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	this->public.core->note(this->public.core, ike_sa->get_peer_cfg(ike_sa));
	if (final)
	{
		this->public.core->note_method(this->public.core, ike_sa);
		if (!this->public.enforcer->admit(this->public.enforcer, ike_sa))
		{
			*success = FALSE;
		}
		if (!unique_policy_is_cores(ike_sa))
		{	/* if it was still set once the IKE_SA is established, core would
			 * act on it */
			ike_sa->set_condition(ike_sa, COND_INIT_CONTACT_SEEN, FALSE);
		}
	}
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, bool up)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);

	/* one that is redirected (RFC 5685) is about to go, and nobody has to make
	 * room for it */
	if (up)
	{
		this->ends->forget(this->ends, unique_id);
	}
	if (up && !ike_sa->has_condition(ike_sa, COND_REDIRECTED))
	{
		this->public.enforcer->up(this->public.enforcer, unique_id);
	}
	else
	{
		this->public.enforcer->down(this->public.enforcer, unique_id,
									this->ends->get(this->ends, unique_id));
	}
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa,
	ike_sa_state_t state)
{
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);

	/* an IKE_SA that is being deleted frees its place at once, it may take
	 * minutes until a dead peer is given up on. While we rekey it only the peer
	 * deletes it, at once, perhaps as its own rekeying is done: core tells of
	 * that one only after this */
	if (state == IKE_DELETING && ike_sa->get_state(ike_sa) != IKE_REKEYING)
	{
		this->public.enforcer->leave(this->public.enforcer, unique_id,
									 this->ends->get(this->ends, unique_id));
	}
	else if (state == IKE_DESTROYING)
	{
		this->public.enforcer->down(this->public.enforcer, unique_id,
									this->ends->get(this->ends, unique_id));
		this->ends->forget(this->ends, unique_id);
	}
	return TRUE;
}

METHOD(listener_t, alert, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	this->ends->alert(this->ends, ike_sa, alert);
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_unique_policy_listener_t *this, ike_sa_t *old, ike_sa_t *new)
{
	this->public.enforcer->rekey(this->public.enforcer, old, new);
	return TRUE;
}

METHOD(listener_t, ike_update, bool,
	private_unique_policy_listener_t *this, ike_sa_t *ike_sa, host_t *local,
	host_t *remote)
{
	this->public.enforcer->move(this->public.enforcer, ike_sa, remote);
	return TRUE;
}

/**
 * Find an INITIAL_CONTACT in a message, and take it off.
 */
static bool find_initial_contact(message_t *message, bool take)
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
					found = TRUE;
					if (take)
					{
						message->remove_payload_at(message, enumerator);
						payload->destroy(payload);
					}
					break;
				default:
					break;
			}
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Does charon decide about an IKE_SA, or will it, whichever its connection is?
 */
static bool is_cores(private_unique_policy_listener_t *this, ike_sa_t *ike_sa)
{
	return ike_sa->get_peer_cfg(ike_sa) ? unique_policy_is_cores(ike_sa) :
		   ike_sa->get_version(ike_sa) == IKEV2 &&
		   this->public.core->has_all(this->public.core);
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
	this->public.enforcer->move(this->public.enforcer, ike_sa,
								message->get_source(message));
	this->ends->received(this->ends, ike_sa, message);
	switch (message->get_exchange_type(message))
	{
		case IKE_SA_INIT:
			this->public.core->look(this->public.core);
			return TRUE;
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
	 * unauthenticated peers don't grow a table of ours, and so that core is
	 * given it back if it turns out to be the one who decides */
	if (find_initial_contact(message, !is_cores(this, ike_sa)) &&
		!this->public.enforcer->initial_contact(this->public.enforcer,
										ike_sa->get_unique_id(ike_sa)))
	{
		ike_sa->set_condition(ike_sa, COND_INIT_CONTACT_SEEN, TRUE);
	}
	return TRUE;
}

METHOD(unique_policy_listener_t, reload, void,
	private_unique_policy_listener_t *this)
{
	this->public.core->reset(this->public.core);
	this->public.enforcer->reload(this->public.enforcer);
}

METHOD(unique_policy_listener_t, destroy, void,
	private_unique_policy_listener_t *this)
{
	this->provider->destroy(this->provider);
	this->public.enforcer->destroy(this->public.enforcer);
	this->public.core->destroy(this->public.core);
	this->ends->destroy(this->ends);
	free(this);
}

unique_policy_listener_t *unique_policy_listener_create(options_store_t *store)
{
	private_unique_policy_listener_t *this;

	INIT(this,
		.public = {
			.listener = {
				.alert = _alert,
				.authorize = _authorize,
				.ike_updown = _ike_updown,
				.ike_state_change = _ike_state_change,
				.ike_rekey = _ike_rekey,
				.ike_update = _ike_update,
				.message = _message,
			},
			.reload = _reload,
			.destroy = _destroy,
			.enforcer = unique_policy_enforcer_create(store),
			.core = unique_policy_core_create(),
		},
		.ends = ike_sa_ends_create(),
	);
	this->provider = unique_policy_provider_create(this->public.enforcer);
	return &this->public;
}
