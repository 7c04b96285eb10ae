/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "auth_policy_person.h"

#include <credentials/certificates/x509.h>
#include <peer_identity.h>

/**
 * Add a name, as it is printed in the log.
 */
static void add_name(array_t *names, identification_t *id)
{
	array_insert(names, ARRAY_TAIL, peer_identity_print(id));
}

void auth_policy_add_subjects(array_t *names, certificate_t *cert)
{
	enumerator_t *enumerator;
	identification_t *id;
	x509_t *x509 = (x509_t*)cert;

	if (cert->get_type(cert) != CERT_X509 ||
		x509->get_flags(x509) & X509_CA)
	{
		return;
	}
	add_name(names, cert->get_subject(cert));
	enumerator = x509->create_subjectAltName_enumerator(x509);
	while (enumerator->enumerate(enumerator, &id))
	{
		add_name(names, id);
	}
	enumerator->destroy(enumerator);
}

void auth_policy_add_names(array_t *names, auth_cfg_t *auth)
{
	enumerator_t *enumerator;
	auth_rule_t rule;
	void *value;

	enumerator = auth->create_enumerator(auth);
	while (enumerator->enumerate(enumerator, &rule, &value))
	{
		switch (rule)
		{
			case AUTH_RULE_IDENTITY:
			case AUTH_RULE_EAP_IDENTITY:
			case AUTH_RULE_XAUTH_IDENTITY:
				add_name(names, value);
				break;
			case AUTH_RULE_SUBJECT_CERT:
				auth_policy_add_subjects(names, value);
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
}

/**
 * Add the user that a name stands for which a peer logs in with: servers are
 * told the bare name, whatever type a peer makes it have ({1}:alice).
 */
static void add_user(array_t *names, identification_t *id)
{
	identification_t *user;
	chunk_t encoding = id->get_encoding(id);

	if (encoding.len)
	{
		user = identification_create_from_encoding(ID_KEY_ID, encoding);
		add_name(names, user);
		user->destroy(user);
	}
}

void auth_policy_person_add_cert(auth_policy_person_t *this,
								 certificate_t *cert)
{
	auth_policy_shown_t *shown;

	if (cert->get_type(cert) == CERT_X509)
	{
		INIT(shown,
			.cert = cert->get_ref(cert),
		);
		array_insert(this->certs, ARRAY_TAIL, shown);
	}
	auth_policy_add_subjects(this->names, cert);
}

void auth_policy_person_add(auth_policy_person_t *this, auth_cfg_t *auth)
{
	enumerator_t *enumerator;
	certificate_t *cert;
	auth_rule_t rule;
	void *value;

	cert = auth->get(auth, AUTH_RULE_SUBJECT_CERT);
	enumerator = auth->create_enumerator(auth);
	while (enumerator->enumerate(enumerator, &rule, &value))
	{
		switch (rule)
		{
			case AUTH_RULE_EAP_IDENTITY:
			case AUTH_RULE_XAUTH_IDENTITY:
				add_user(this->names, value);
				/* fall-through */
			case AUTH_RULE_IDENTITY:
				add_name(this->names, value);
				if (!cert)
				{
					add_name(this->said, value);
				}
				break;
			case AUTH_RULE_SUBJECT_CERT:
			case AUTH_RULE_IM_CERT:
			case AUTH_RULE_CA_CERT:
				auth_policy_person_add_cert(this, value);
				break;
			default:
				break;
		}
	}
	enumerator->destroy(enumerator);
}

auth_policy_person_t *auth_policy_person_create(ike_sa_t *ike_sa)
{
	auth_policy_person_t *this;
	enumerator_t *enumerator;
	identification_t *id;
	auth_cfg_t *auth;
	host_t *host;

	host = ike_sa->get_other_host(ike_sa);
	INIT(this,
		.host = host->clone(host),
		.names = array_create(0, 0),
		.said = array_create(0, 0),
		.certs = array_create(0, 0),
	);
	id = peer_identity_get(ike_sa);
	add_name(this->names, id);
	id->destroy(id);
	auth_policy_person_add(this, ike_sa->get_auth_cfg(ike_sa, FALSE));
	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &auth))
	{
		auth_policy_person_add(this, auth);
	}
	enumerator->destroy(enumerator);
	return this;
}

/**
 * Hash a certificate.
 *
 * @return				FALSE if that failed
 */
static bool hash_cert(certificate_t *cert, hash_algorithm_t algorithm,
					  u_char *hash)
{
	hasher_t *hasher = lib->crypto->create_hasher(lib->crypto, algorithm);
	chunk_t encoding = chunk_empty;
	bool hashed;

	hashed = hasher && cert->get_encoding(cert, CERT_ASN1_DER, &encoding) &&
			 hasher->get_hash(hasher, encoding, hash);
	DESTROY_IF(hasher);
	chunk_free(&encoding);
	return hashed;
}

bool auth_policy_shown_is(auth_policy_shown_t *this, chunk_t fingerprint)
{
	if (fingerprint.len == HASH_SIZE_SHA1)
	{
		this->has_sha1 = this->has_sha1 ||
						 hash_cert(this->cert, HASH_SHA1, this->sha1);
		return this->has_sha1 &&
			   chunk_equals(fingerprint, chunk_from_thing(this->sha1));
	}
	this->has_sha256 = this->has_sha256 ||
					   hash_cert(this->cert, HASH_SHA256, this->sha256);
	return this->has_sha256 &&
		   chunk_equals(fingerprint, chunk_from_thing(this->sha256));
}

/**
 * Free a certificate, callback of array_destroy_function().
 */
static void shown_destroy(void *data, int idx, void *unused)
{
	auth_policy_shown_t *shown = data;

	shown->cert->destroy(shown->cert);
	free(shown);
}

void auth_policy_person_destroy(auth_policy_person_t *this)
{
	if (this)
	{
		DESTROY_IF(this->host);
		array_destroy_function(this->names, (array_callback_t)free, NULL);
		array_destroy_function(this->said, (array_callback_t)free, NULL);
		array_destroy_function(this->certs, shown_destroy, NULL);
		free(this);
	}
}
