/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "peer_identity.h"

#include <ctype.h>

#include <asn1/asn1.h>
#include <asn1/oid.h>
#include <credentials/certificates/x509.h>

/**
 * The encoding of a DN that is shorter than this doesn't exceed what %Y prints,
 * even if all of its attributes are empty and have long names.
 */
#define DN_SHORT 128

/**
 * Is an identity of a type whose encoding is text? Not that peers keep to it.
 */
static bool is_text(identification_t *id)
{
	switch (id->get_type(id))
	{
		case ID_FQDN:
		case ID_RFC822_ADDR:
		case ID_DER_ASN1_GN_URI:
		case ID_KEY_ID:
			return TRUE;
		default:
			return FALSE;
	}
}

/**
 * Is an identity a DN? One without any part is a name that a peer calls a DN.
 */
static bool is_dn(identification_t *id)
{
	enumerator_t *enumerator;
	id_part_t part;
	chunk_t data;
	bool found;

	if (id->get_type(id) != ID_DER_ASN1_DN)
	{
		return FALSE;
	}
	enumerator = id->create_part_enumerator(id);
	found = enumerator->enumerate(enumerator, &part, &data);
	enumerator->destroy(enumerator);
	return found;
}

/**
 * What an authentication round has of each rule, the first if there are
 * several: core's get() walks through all of them for each.
 */
typedef void *round_t[AUTH_RULE_MAX];

static void get_round(auth_cfg_t *cfg, round_t round)
{
	enumerator_t *enumerator;
	auth_rule_t rule;
	void *value;

	memset(round, 0, sizeof(round_t));
	enumerator = cfg->create_enumerator(cfg);
	while (enumerator->enumerate(enumerator, &rule, &value))
	{
		round[rule] = round[rule] ?: value;
	}
	enumerator->destroy(enumerator);
}

/**
 * Get the name that a peer has logged in with in a round, NULL if it has none.
 * ID_ANY without a name stands for one not asked for yet.
 */
static identification_t *get_name(round_t round, auth_rule_t rule)
{
	identification_t *id = round[rule];

	return id && (id->get_type(id) != ID_ANY || id->get_encoding(id).len) ?
															id : NULL;
}

/**
 * Get the certificate by which a round proved an identity of a type: that of
 * EAP-TLS for an EAP identity, none for an XAuth identity, which another round
 * than that of the certificate is about.
 */
static certificate_t *get_cert(round_t round)
{
	eap_type_t type = (uintptr_t)round[AUTH_RULE_EAP_TYPE];
	certificate_t *cert = round[AUTH_RULE_SUBJECT_CERT];

	if (!cert || cert->get_type(cert) != CERT_X509 ||
		get_name(round, AUTH_RULE_XAUTH_IDENTITY) ||
		(get_name(round, AUTH_RULE_EAP_IDENTITY) && type != EAP_TLS))
	{
		return NULL;
	}
	return cert;
}

/**
 * Get the names that a certificate has.
 */
static void get_names(certificate_t *cert, array_t *names)
{
	x509_t *x509 = (x509_t*)cert;
	identification_t *id;
	enumerator_t *enumerator;

	enumerator = x509->create_subjectAltName_enumerator(x509);
	while (enumerator->enumerate(enumerator, &id))
	{
		array_insert(names, ARRAY_TAIL, id->clone(id));
	}
	enumerator->destroy(enumerator);
	id = cert->get_subject(cert);
	/* it may be empty */
	if (is_dn(id))
	{
		array_insert(names, ARRAY_TAIL, id->clone(id));
	}
}

/**
 * Find the name that a peer means: the one it says, the best of those that
 * what it says is a pattern for, or else the subject.
 */
static identification_t *find_meant(identification_t *said, array_t *names)
{
	identification_t *id, *found = said;
	id_match_t match, best = ID_MATCH_NONE;
	enumerator_t *enumerator;

	enumerator = array_create_enumerator(names);
	while (enumerator->enumerate(enumerator, &id))
	{
		if (peer_identity_equals(id, said))
		{
			found = said;
			break;
		}
		match = id->matches(id, said);
		if (match >= best)
		{
			found = id;
			best = match;
		}
	}
	enumerator->destroy(enumerator);
	return found;
}

identification_t *peer_identity_get(ike_sa_t *ike_sa)
{
	identification_t *id;
	array_t *names;

	names = array_create(0, 0);
	id = peer_identity_get_names(ike_sa, names);
	array_destroy_offset(names, offsetof(identification_t, destroy));
	return id;
}

identification_t *peer_identity_get_names(ike_sa_t *ike_sa, array_t *names)
{
	identification_t *id, *found = NULL, *last = ike_sa->get_other_id(ike_sa);
	certificate_t *cert = NULL;
	enumerator_t *enumerator;
	auth_cfg_t *cfg;
	round_t round;
	chunk_t name;

	enumerator = ike_sa->create_auth_cfg_enumerator(ike_sa, FALSE);
	while (enumerator->enumerate(enumerator, &cfg))
	{
		get_round(cfg, round);
		id = get_name(round, AUTH_RULE_EAP_IDENTITY) ?:
			 get_name(round, AUTH_RULE_XAUTH_IDENTITY);
		if (id || !found)
		{
			found = id;
			cert = get_cert(round);
		}
		id = round[AUTH_RULE_IDENTITY];
		last = id && id->get_type(id) != ID_ANY ? id : last;
	}
	enumerator->destroy(enumerator);

	if (!found)
	{
		found = last;
	}
	else if (!is_text(found) && !is_dn(found))
	{
		name = found->get_encoding(found);
		if (name.len && chunk_printable(name, NULL, '?'))
		{
			return identification_create_from_encoding(ID_KEY_ID, name);
		}
	}
	if (cert)
	{
		get_names(cert, names);
		found = find_meant(found, names);
	}
	return found->clone(found);
}

/**
 * Get the text of bytes, ? for what can't be printed, allocated.
 */
static char *print_text(chunk_t data)
{
	chunk_t printable;
	char *text;

	chunk_printable(data, &printable, '?');
	text = strndup((char*)printable.ptr ?: "", printable.len);
	chunk_free(&printable);
	return text;
}

/**
 * Append an attribute of a DN to its text, which is freed, and may be NULL.
 */
static char *append_attribute(char *text, chunk_t oid, chunk_t data)
{
	int known = asn1_known_oid(oid), len;
	char *longer, *value = print_text(data);
	const char *separator = text ? ", " : "";

	if (known == OID_UNKNOWN)
	{
		len = asprintf(&longer, "%s%s%#B=%s", text ?: "", separator, &oid,
					   value);
	}
	else
	{
		len = asprintf(&longer, "%s%s%s=%s", text ?: "", separator,
					   oid_names[known].name, value);
	}
	free(value);
	if (len < 0)
	{
		return text;
	}
	free(text);
	return longer;
}

/**
 * Print a DN that may be too long for %Y.
 *
 * @return				allocated text, NULL if it isn't valid
 */
static char *print_dn(chunk_t dn)
{
	chunk_t rdn, attribute, oid, value;
	bool valid = FALSE;
	char *text = NULL;

	if (asn1_unwrap(&dn, &dn) != ASN1_SEQUENCE)
	{
		return NULL;
	}
	while (dn.len)
	{
		if (asn1_unwrap(&dn, &rdn) != ASN1_SET)
		{
			break;
		}
		while (rdn.len &&
			   asn1_unwrap(&rdn, &attribute) == ASN1_SEQUENCE &&
			   asn1_unwrap(&attribute, &oid) == ASN1_OID &&
			   asn1_unwrap(&attribute, &value) != ASN1_INVALID)
		{
			text = append_attribute(text, oid, value);
			valid = !rdn.len && !dn.len;
		}
		if (rdn.len)
		{
			break;
		}
	}
	if (!valid)
	{
		free(text);
		return NULL;
	}
	return text;
}

char *peer_identity_print(identification_t *id)
{
	chunk_t encoding = id->get_encoding(id);
	char *text, *all = NULL;

	if (asprintf(&text, "%Y", id) < 0)
	{
		return strdup("");
	}
	/* %Y may end a DN before, so that its length doesn't tell */
	if (strlen(text) < BUF_LEN - 1 &&
		(id->get_type(id) != ID_DER_ASN1_DN || encoding.len < DN_SHORT))
	{
		return text;
	}
	if (id->get_type(id) == ID_DER_ASN1_DN)
	{
		all = print_dn(encoding);
	}
	else if (id->get_type(id) == ID_KEY_ID &&
			 !chunk_printable(encoding, NULL, '?'))
	{
		if (asprintf(&all, "%#B", &encoding) < 0)
		{
			all = NULL;
		}
	}
	else if (is_text(id))
	{
		all = print_text(encoding);
	}
	if (!all)
	{
		return text;
	}
	free(text);
	return all;
}

/**
 * Hash data without regard to case.
 */
static u_int hash_folded(chunk_t data, u_int hash)
{
	u_char buf[64];
	size_t i, len;

	while (data.len)
	{
		len = min(data.len, sizeof(buf));
		for (i = 0; i < len; i++)
		{
			buf[i] = tolower(data.ptr[i]);
		}
		hash = chunk_hash_inc(chunk_create(buf, len), hash);
		data = chunk_skip(data, len);
	}
	return hash;
}

static bool equals_folded(chunk_t a, chunk_t b)
{
	size_t i;

	if (a.len != b.len)
	{
		return FALSE;
	}
	for (i = 0; i < a.len; i++)
	{
		if (tolower(a.ptr[i]) != tolower(b.ptr[i]))
		{
			return FALSE;
		}
	}
	return TRUE;
}

bool peer_identity_equals(identification_t *a, identification_t *b)
{
	if (is_text(a) && is_text(b))
	{
		return equals_folded(a->get_encoding(a), b->get_encoding(b));
	}
	return a->equals(a, b);
}

/*
 * That of libstrongswan respects case and DN string types, which its equals()
 * doesn't: Alice would be able to log in where alice may not.
 */
u_int peer_identity_hash(identification_t *id, u_int hash)
{
	enumerator_t *enumerator;
	id_part_t part;
	chunk_t data;

	if (id->get_type(id) != ID_DER_ASN1_DN)
	{
		return hash_folded(id->get_encoding(id), hash);
	}
	enumerator = id->create_part_enumerator(id);
	while (enumerator->enumerate(enumerator, &part, &data))
	{
		hash = hash_folded(data, hash);
	}
	enumerator->destroy(enumerator);
	return hash;
}
