/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_means.h"

#include <peer_identity.h>

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

void auth_policy_means_get(message_t *message, auth_policy_means_t *means)
{
	*means = (auth_policy_means_t){};
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

bool auth_policy_means_read(const auth_policy_means_t *means, ike_sa_t *ike_sa,
							message_t *message, array_t *names)
{
	bool guess = means->auth || means->hash;

	if (means->eap && is_eap_guess(means->eap))
	{
		guess = TRUE;
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
		guess = TRUE;
	}
	return guess;
}

void auth_policy_means_spoil(auth_policy_means_t *means, message_t *message)
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

bool auth_policy_means_asks_again(message_t *message)
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
