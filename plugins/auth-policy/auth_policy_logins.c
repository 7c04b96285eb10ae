/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_logins.h"

#include <ike_sa_table.h>
#include <peer_identity.h>

#include <encoding/payloads/auth_payload.h>
#include <encoding/payloads/cp_payload.h>
#include <encoding/payloads/eap_payload.h>
#include <encoding/payloads/hash_payload.h>
#include <encoding/payloads/id_payload.h>
#include <encoding/payloads/notify_payload.h>

/**
 * Where in an EAP-MSCHAPv2 packet what it is stands, and the name of the user
 * in that which has the answer to a challenge.
 */
#define MSCHAPV2_OPCODE 5
#define MSCHAPV2_NAME 59
#define MSCHAPV2_RESPONSE 2
#define MSCHAPV2_FAILURE 4

/**
 * Longest name in it that charon looks at.
 */
#define MSCHAPV2_NAME_LEN 255

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
 * Add a name, but not twice.
 *
 * @param name			adopted
 */
static void add_name(array_t *names, char *name)
{
	char *other;
	int i;

	for (i = 0; *name && array_get(names, i, &other); i++)
	{
		if (strcaseeq(name, other))
		{
			*name = '\0';
		}
	}
	if (*name)
	{
		array_insert(names, ARRAY_TAIL, name);
	}
	else
	{
		free(name);
	}
}

static void add_id(array_t *names, identification_t *id)
{
	add_name(names, peer_identity_print(id));
}

/**
 * Add the name of a user. Whatever type a peer makes it have ({1}:alice),
 * servers are told the bare name.
 */
static void add_user(array_t *names, identification_t *id)
{
	chunk_t encoding = id->get_encoding(id);
	identification_t *user;

	if (encoding.len && chunk_printable(encoding, NULL, '?'))
	{
		user = identification_create_from_encoding(ID_KEY_ID, encoding);
		add_id(names, user);
		user->destroy(user);
	}
	else
	{
		add_id(names, id);
	}
}

/**
 * Add the names in a response of EAP. Local users of EAP-MSCHAPv2 have the
 * password of the name therein, whatever the one before.
 */
static void add_eap_names(array_t *names, ike_sa_t *ike_sa, eap_payload_t *eap)
{
	auth_cfg_t *auth = ike_sa->get_auth_cfg(ike_sa, FALSE);
	chunk_t data = eap->get_data(eap);
	identification_t *id;
	pen_t vendor;
	char *name;

	/* what was configured, or said in place of that, perhaps %any */
	id = auth->get(auth, AUTH_RULE_EAP_IDENTITY);
	if (id)
	{
		add_user(names, id);
	}
	else
	{
		add_id(names, ike_sa->get_other_id(ike_sa));
	}
	if (eap->get_type(eap, &vendor) == EAP_MSCHAPV2 && !vendor &&
		data.len > MSCHAPV2_NAME)
	{
		name = strndup((char*)data.ptr + MSCHAPV2_NAME,
					   min(data.len - MSCHAPV2_NAME, MSCHAPV2_NAME_LEN));
		id = identification_create_from_string(name);
		add_user(names, id);
		id->destroy(id);
		free(name);
	}
}

/**
 * Does a response of EAP have a password, or an answer made with it? Not if it
 * has none yet, is about certificates, or says that a method can't be had.
 */
static bool is_eap_guess(eap_payload_t *eap)
{
	chunk_t data = eap->get_data(eap);
	eap_type_t type;
	pen_t vendor;

	type = eap->get_type(eap, &vendor);
	if (eap->get_code(eap) != EAP_RESPONSE)
	{
		return FALSE;
	}
	if (vendor || eap->is_expanded(eap))
	{
		return TRUE;
	}
	switch (type)
	{
		case EAP_IDENTITY:
		case EAP_NAK:
		case EAP_TLS:
			return FALSE;
		case EAP_MSCHAPV2:
			return data.len > MSCHAPV2_OPCODE &&
				   data.ptr[MSCHAPV2_OPCODE] == MSCHAPV2_RESPONSE;
		default:
			return TRUE;
	}
}

/**
 * Add the name in an ID payload.
 *
 * @return				FALSE if there is none
 */
static bool add_payload_id(array_t *names, message_t *message,
						   payload_type_t type)
{
	id_payload_t *payload = (id_payload_t*)message->get_payload(message, type);
	identification_t *id;

	if (payload)
	{
		id = payload->get_identification(payload);
		add_id(names, id);
		id->destroy(id);
	}
	return payload;
}

/**
 * Add the names in an answer of XAuth.
 *
 * @return				whether it has a password
 */
static bool add_xauth_names(array_t *names, cp_payload_t *cp)
{
	configuration_attribute_t *attribute;
	enumerator_t *enumerator;
	identification_t *id;
	bool guess = FALSE;
	chunk_t value;

	enumerator = cp->create_attribute_enumerator(cp);
	while (enumerator->enumerate(enumerator, &attribute))
	{
		value = attribute->get_chunk(attribute);
		switch (attribute->get_type(attribute))
		{
			case XAUTH_USER_NAME:
				if (value.len)
				{
					id = identification_create_from_data(value);
					add_user(names, id);
					id->destroy(id);
				}
				break;
			case XAUTH_TYPE:
			case XAUTH_STATUS:
				break;
			default:
				guess = guess || value.len;
				break;
		}
	}
	enumerator->destroy(enumerator);
	return guess;
}

/**
 * What a message has to log in with.
 */
typedef struct {
	eap_payload_t *eap;
	auth_payload_t *auth;
	hash_payload_t *hash;
	cp_payload_t *xauth;
} means_t;

/**
 * Look for the means in a message that aren't public keys.
 */
static void get_means(message_t *message, means_t *means)
{
	*means = (means_t){};
	switch (message->get_exchange_type(message))
	{
		case IKE_AUTH:
			means->eap = (eap_payload_t*)message->get_payload(message,
															  PLV2_EAP);
			means->auth = (auth_payload_t*)message->get_payload(message,
																PLV2_AUTH);
			if (means->auth &&
				means->auth->get_auth_method(means->auth) != AUTH_PSK)
			{
				means->auth = NULL;
			}
			break;
		case ID_PROT:
		case AGGRESSIVE:
			means->hash = (hash_payload_t*)message->get_payload(message,
																PLV1_HASH);
			break;
		case TRANSACTION:
			means->xauth = (cp_payload_t*)message->get_payload(message,
														PLV1_CONFIGURATION);
			break;
		default:
			break;
	}
}

/**
 * Note what a message has to log in with, which may be more than one thing.
 */
static void note(login_t *login, ike_sa_t *ike_sa, message_t *message,
				 means_t *means)
{
	array_t *names = array_create(0, 0);

	login->guess = means->auth || means->hash;
	login->eap = means->eap;
	if (means->eap && is_eap_guess(means->eap))
	{
		login->guess = TRUE;
		add_eap_names(names, ike_sa, means->eap);
	}
	if (means->auth)
	{
		add_payload_id(names, message, PLV2_ID_INITIATOR);
	}
	if (means->hash && !add_payload_id(names, message, PLV1_ID))
	{
		/* aggressive mode has had it before */
		add_id(names, ike_sa->get_other_id(ike_sa));
	}
	if (means->xauth && add_xauth_names(names, means->xauth))
	{
		login->guess = TRUE;
	}
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
 * Take the password out of a message, or what was made with it, so that charon
 * finds it wrong whether it is or not.
 */
static void spoil(message_t *message, means_t *means)
{
	u_char failure[] = { EAP_FAILURE, 0, 0, 4 };
	enumerator_t *enumerator;
	notify_payload_t *notify;
	payload_t *payload;

	if (means->eap)
	{
		failure[1] = means->eap->get_identifier(means->eap);
		means->eap->set_data(means->eap, chunk_from_thing(failure));
	}
	if (means->auth)
	{
		means->auth->set_data(means->auth, chunk_empty);
		/* in place of the other */
		notify = message->get_notify(message, NO_PPK_AUTH);
		if (notify)
		{
			notify->set_notification_data(notify, chunk_empty);
		}
	}
	if (means->hash)
	{
		means->hash->set_hash(means->hash, chunk_empty);
	}
	if (means->xauth)
	{
		enumerator = message->create_payload_enumerator(message);
		while (enumerator->enumerate(enumerator, &payload))
		{
			if (payload->get_type(payload) == PLV1_CONFIGURATION)
			{
				message->remove_payload_at(message, enumerator);
				payload->destroy(payload);
			}
		}
		enumerator->destroy(enumerator);
		message->add_payload(message, (payload_t*)cp_payload_create_type(
											PLV1_CONFIGURATION, CFG_REPLY));
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
	means_t means;

	if (!login)
	{
		return;
	}
	get_means(message, &means);
	note(login, ike_sa, message, &means);
	if (login->guess &&
		this->lockout->refuses(this->lockout, login->names, login->host,
							   ike_sa))
	{
		login->guess = FALSE;
		spoil(message, &means);
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
 * Is a peer asked for another password, as one was wrong? EAP-MSCHAPv2 is the
 * one that does so.
 */
static bool asks_again(message_t *message)
{
	eap_payload_t *eap;
	chunk_t data;
	pen_t vendor;

	eap = (eap_payload_t*)message->get_payload(message, PLV2_EAP);
	if (!eap || eap->get_code(eap) != EAP_REQUEST ||
		eap->get_type(eap, &vendor) != EAP_MSCHAPV2 || vendor)
	{
		return FALSE;
	}
	data = eap->get_data(eap);
	return data.len > MSCHAPV2_OPCODE &&
		   data.ptr[MSCHAPV2_OPCODE] == MSCHAPV2_FAILURE;
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
	else if (asks_again(message) || is_xauth_failure(ike_sa, message))
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
		add_id(login->names, id);
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
