/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_logins.h"
#include "auth_policy_means.h"

#include <ike_sa_table.h>
#include <peer_identity.h>

/**
 * Where the flags of an IKEv1 header are, and the one for encryption.
 */
#define IKEV1_FLAGS 19
#define IKEV1_ENCRYPTED 0x01

typedef struct private_auth_policy_logins_t private_auth_policy_logins_t;
typedef struct login_t login_t;

struct private_auth_policy_logins_t {
	auth_policy_logins_t public;
	auth_policy_lockout_t *lockout;
	/** login_t, by IKE_SA; only used by the bus, under its mutex */
	hashtable_t *logins;
};

/**
 * A peer that begins to log in.
 */
struct login_t {
	/** Where the first response went, without which nobody gets this far. The
	 * source of a later message may be anything. */
	host_t *host;
	/** of char*, names whose password was sent last */
	array_t *names;
	/** whether it is one of EAP or XAuth */
	bool user;
	/** whether a password was sent, and it isn't known if it is right */
	bool guess;
	/** whether the last message has EAP, and so isn't the end of a round */
	bool eap;
	/** hash of the message that is being processed, and of the last one that
	 * couldn't be decrypted */
	uint32_t message;
	uint32_t undecrypted;
};

static void names_destroy(array_t *names)
{
	array_destroy_function(names, (array_callback_t)free, NULL);
}

static void login_destroy(void *data)
{
	login_t *login = data;

	if (login)
	{
		login->host->destroy(login->host);
		names_destroy(login->names);
		free(login);
	}
}

/**
 * Is somebody logging in?
 */
static bool is_login(ike_sa_t *ike_sa)
{
	return ike_sa->get_state(ike_sa) == IKE_CONNECTING &&
		   !ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR);
}

static login_t *get_login(private_auth_policy_logins_t *this,
						  ike_sa_t *ike_sa)
{
	return ike_sa_table_get(this->logins, ike_sa->get_unique_id(ike_sa));
}

/**
 * Note what a message has to log in with, which may be more than one thing.
 */
static void note(login_t *login, ike_sa_t *ike_sa, message_t *message,
				 const auth_policy_means_t *means)
{
	array_t *names = array_create(0, 0);

	login->guess = auth_policy_means_read(means, ike_sa, message, names);
	login->eap = means->eap;
	/* those of before go on, as in an AUTH payload at the end of EAP */
	if (array_count(names))
	{
		names_destroy(login->names);
		login->names = names;
		login->user = means->eap || means->xauth;
	}
	else
	{
		names_destroy(names);
	}
}

/**
 * A message that isn't decrypted yet, of somebody who logs in.
 */
static void arrived(private_auth_policy_logins_t *this, ike_sa_t *ike_sa,
					message_t *message)
{
	login_t *login = get_login(this, ike_sa);

	if (login)
	{
		login->message = chunk_hash(message->get_packet_data(message));
	}
}

/**
 * A message of somebody who logs in.
 */
static void received(private_auth_policy_logins_t *this, ike_sa_t *ike_sa,
					 message_t *message)
{
	login_t *login = get_login(this, ike_sa);
	auth_policy_means_t means;

	if (!login)
	{
		return;
	}
	auth_policy_means_get(message, &means);
	note(login, ike_sa, message, &means);
	if (login->guess &&
		this->lockout->refuses(this->lockout, login->names, login->host,
							   ike_sa))
	{
		login->guess = FALSE;
		auth_policy_means_spoil(&means, message);
	}
}

/**
 * A password was wrong.
 */
static void failed(private_auth_policy_logins_t *this, login_t *login,
				   ike_sa_t *ike_sa)
{
	if (login->guess)
	{
		login->guess = FALSE;
		this->lockout->failed(this->lockout, login->names, login->host, ike_sa);
	}
}

/**
 * Has a peer logged in with XAuth? It may be refused all the same.
 */
static bool has_xauth(ike_sa_t *ike_sa)
{
	enumerator_t *enumerator;
	auth_cfg_t *auth;
	bool found = FALSE;

	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (!found && enumerator->enumerate(enumerator, &auth))
	{
		found = (uintptr_t)auth->get(auth,
								AUTH_RULE_AUTH_CLASS) == AUTH_CLASS_XAUTH;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Is a peer told that XAuth failed? There is no alert for that.
 */
static bool is_xauth_failure(ike_sa_t *ike_sa, message_t *message)
{
	configuration_attribute_t *attribute;
	enumerator_t *enumerator;
	cp_payload_t *cp;
	bool found = FALSE;

	cp = (cp_payload_t*)message->get_payload(message, PLV1_CONFIGURATION);
	if (!cp || cp->get_type(cp) != CFG_SET)
	{
		return FALSE;
	}
	enumerator = cp->create_attribute_enumerator(cp);
	while (!found && enumerator->enumerate(enumerator, &attribute))
	{
		found = attribute->get_type(attribute) == XAUTH_STATUS &&
				!attribute->get_value(attribute);
	}
	enumerator->destroy(enumerator);
	return found && !has_xauth(ike_sa);
}

/**
 * A message to somebody who logs in.
 */
static void sent(private_auth_policy_logins_t *this, ike_sa_t *ike_sa,
				 message_t *message)
{
	login_t *login = get_login(this, ike_sa);
	host_t *host;

	if (!login)
	{
		host = ike_sa->get_other_host(ike_sa);
		INIT(login,
			.host = host->clone(host),
			.names = array_create(0, 0),
		);
		ike_sa_table_put(this->logins, ike_sa->get_unique_id(ike_sa), login);
	}
	else if (auth_policy_means_asks_again(message) ||
			 is_xauth_failure(ike_sa, message))
	{
		failed(this, login, ike_sa);
	}
}

METHOD(listener_t, message, bool,
	private_auth_policy_logins_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	if (!this->lockout->is_on(this->lockout) || !is_login(ike_sa))
	{
		return TRUE;
	}
	if (!plain && incoming)
	{
		arrived(this, ike_sa, message);
	}
	else if (plain && incoming)
	{
		received(this, ike_sa, message);
	}
	else if (plain)
	{
		sent(this, ike_sa, message);
	}
	return TRUE;
}

/**
 * A message can't be decrypted. In IKEv1, keys are made with the pre-shared
 * one; who has the wrong one may try others at once.
 */
static void undecrypted(private_auth_policy_logins_t *this, login_t *login,
						ike_sa_t *ike_sa, message_t *message)
{
	chunk_t data = message->get_packet_data(message);
	exchange_type_t type = message->get_exchange_type(message);
	identification_t *id = ike_sa->get_other_id(ike_sa);

	if ((type != ID_PROT && type != AGGRESSIVE) || data.len <= IKEV1_FLAGS ||
		!(data.ptr[IKEV1_FLAGS] & IKEV1_ENCRYPTED) ||
		login->message == login->undecrypted)
	{
		return;
	}
	login->undecrypted = login->message;
	names_destroy(login->names);
	login->names = array_create(0, 0);
	/* main mode has no name by then */
	if (id->get_type(id) != ID_ANY)
	{
		array_insert(login->names, ARRAY_TAIL, peer_identity_print(id));
	}
	login->guess = TRUE;
	failed(this, login, ike_sa);
}

METHOD(listener_t, alert, bool,
	private_auth_policy_logins_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	login_t *login;

	if (!ike_sa || !this->lockout->is_on(this->lockout) || !is_login(ike_sa))
	{
		return TRUE;
	}
	login = get_login(this, ike_sa);
	if (!login)
	{
		return TRUE;
	}
	switch (alert)
	{
		case ALERT_PEER_AUTH_FAILED:
			failed(this, login, ike_sa);
			break;
		case ALERT_RADIUS_NOT_RESPONDING:
		case ALERT_LOCAL_AUTH_FAILED:
			/* it isn't for the password */
			login->guess = FALSE;
			break;
		case ALERT_PARSE_ERROR_BODY:
			undecrypted(this, login, ike_sa, va_arg(args, message_t*));
			break;
		default:
			break;
	}
	return TRUE;
}

METHOD(listener_t, authorize, bool,
	private_auth_policy_logins_t *this, ike_sa_t *ike_sa, bool final,
	bool *success)
{
	login_t *login = get_login(this, ike_sa);

	/* the password is right, whatever comes now; but charon also asks if there
	 * is an AUTH payload beside EAP, which it doesn't look at */
	if (login && !login->eap)
	{
		login->guess = FALSE;
	}
	return TRUE;
}

METHOD(listener_t, ike_updown, bool,
	private_auth_policy_logins_t *this, ike_sa_t *ike_sa, bool up)
{
	login_t *login;

	login = ike_sa_table_take(this->logins, ike_sa->get_unique_id(ike_sa));
	/* of several names, it was one only whose password is right; and who has
	 * the pre-shared key of a group may call himself like anybody */
	if (login && up && login->user && array_count(login->names) == 1)
	{
		this->lockout->succeeded(this->lockout, login->names, login->host);
	}
	login_destroy(login);
	return TRUE;
}

METHOD(listener_t, ike_state_change, bool,
	private_auth_policy_logins_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		login_destroy(ike_sa_table_take(this->logins,
										ike_sa->get_unique_id(ike_sa)));
	}
	return TRUE;
}

METHOD(auth_policy_logins_t, destroy, void,
	private_auth_policy_logins_t *this)
{
	ike_sa_table_destroy(this->logins, login_destroy);
	free(this);
}

auth_policy_logins_t *auth_policy_logins_create(
											auth_policy_lockout_t *lockout)
{
	private_auth_policy_logins_t *this;

	INIT(this,
		.public = {
			.listener = {
				.alert = _alert,
				.authorize = _authorize,
				.ike_state_change = _ike_state_change,
				.ike_updown = _ike_updown,
				.message = _message,
			},
			.destroy = _destroy,
		},
		.lockout = lockout,
		.logins = ike_sa_table_create(),
	);
	return &this->public;
}
