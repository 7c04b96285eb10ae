/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "pcsc_token_key.h"

#include <asn1/asn1.h>
#include <plugins/pkcs11/pkcs11.h>

/**
 * How long a signature may take, in ms. Slow cards take two seconds for
 * RSA-4096; other programs may be using the card.
 */
#define SIGN_TIMEOUT 10000

typedef struct private_pcsc_token_key_t private_pcsc_token_key_t;

struct private_pcsc_token_key_t {
	private_key_t public;
	/** name of the token */
	char *token;
	/** helper that signs */
	pcsc_token_process_t *process;
	/** its public key */
	public_key_t *key;
	/** whether the helper is gone for good, which is logged once */
	bool dead;
	/** reference counter */
	refcount_t ref;
};

/**
 * Hashes and sizes of signature schemes.
 */
static const struct {
	signature_scheme_t scheme;
	key_type_t type;
	/** HASH_UNKNOWN if data is a hash already */
	hash_algorithm_t hash;
	/** of keys the scheme is for, in bits, 0 for any */
	int keysize;
	bool der;
} schemes[] = {
	{ SIGN_RSA_EMSA_PKCS1_NULL, KEY_RSA, HASH_UNKNOWN },
	{ SIGN_RSA_EMSA_PKCS1_SHA1, KEY_RSA, HASH_SHA1 },
	{ SIGN_RSA_EMSA_PKCS1_SHA2_256, KEY_RSA, HASH_SHA256 },
	{ SIGN_RSA_EMSA_PKCS1_SHA2_384, KEY_RSA, HASH_SHA384 },
	{ SIGN_RSA_EMSA_PKCS1_SHA2_512, KEY_RSA, HASH_SHA512 },
	{ SIGN_ECDSA_WITH_NULL, KEY_ECDSA, HASH_UNKNOWN },
	{ SIGN_ECDSA_WITH_SHA1_DER, KEY_ECDSA, HASH_SHA1, 0, TRUE },
	{ SIGN_ECDSA_WITH_SHA256_DER, KEY_ECDSA, HASH_SHA256, 0, TRUE },
	{ SIGN_ECDSA_WITH_SHA384_DER, KEY_ECDSA, HASH_SHA384, 0, TRUE },
	{ SIGN_ECDSA_WITH_SHA512_DER, KEY_ECDSA, HASH_SHA512, 0, TRUE },
	{ SIGN_ECDSA_256, KEY_ECDSA, HASH_SHA256, 256 },
	{ SIGN_ECDSA_384, KEY_ECDSA, HASH_SHA384, 384 },
	{ SIGN_ECDSA_521, KEY_ECDSA, HASH_SHA512, 521 },
};

/**
 * Hash data.
 */
static bool get_hash(hash_algorithm_t alg, chunk_t data, chunk_t *hash)
{
	hasher_t *hasher;
	bool done;

	hasher = lib->crypto->create_hasher(lib->crypto, alg);
	done = hasher && hasher->allocate_hash(hasher, data, hash);
	DESTROY_IF(hasher);
	return done;
}

/**
 * Wrap a hash, which is adopted, as DigestInfo (RFC 8017, section 9.2).
 */
static chunk_t digest_info(hash_algorithm_t alg, chunk_t hash)
{
	return asn1_wrap(ASN1_SEQUENCE, "mm",
					 asn1_algorithmIdentifier(hasher_algorithm_to_oid(alg)),
					 asn1_wrap(ASN1_OCTET_STRING, "m", hash));
}

bool pcsc_token_input(key_type_t type, int keysize, signature_scheme_t scheme,
					  chunk_t data, pcsc_token_input_t *input)
{
	int i;

	for (i = 0; i < countof(schemes); i++)
	{
		if (schemes[i].scheme == scheme && schemes[i].type == type &&
			(!schemes[i].keysize || schemes[i].keysize == keysize))
		{
			break;
		}
	}
	if (i == countof(schemes))
	{
		return FALSE;
	}
	*input = (pcsc_token_input_t){
		.mechanism = type == KEY_RSA ? CKM_RSA_PKCS : CKM_ECDSA,
		.der = schemes[i].der,
	};
	if (schemes[i].hash == HASH_UNKNOWN)
	{
		input->data = chunk_clone(data);
		return TRUE;
	}
	if (!get_hash(schemes[i].hash, data, &input->data))
	{
		return FALSE;
	}
	if (type == KEY_RSA)
	{
		input->data = digest_info(schemes[i].hash, input->data);
	}
	return TRUE;
}

chunk_t pcsc_token_signature_to_der(chunk_t raw)
{
	chunk_t r, s;

	if (!raw.len || raw.len % 2)
	{
		return chunk_empty;
	}
	r = chunk_create(raw.ptr, raw.len / 2);
	s = chunk_skip(raw, raw.len / 2);
	return asn1_wrap(ASN1_SEQUENCE, "mm",
					 asn1_integer("c", chunk_skip_zero(r)),
					 asn1_integer("c", chunk_skip_zero(s)));
}

METHOD(private_key_t, get_type, key_type_t,
	private_pcsc_token_key_t *this)
{
	return this->key->get_type(this->key);
}

METHOD(private_key_t, get_keysize, int,
	private_pcsc_token_key_t *this)
{
	return this->key->get_keysize(this->key);
}

/**
 * Have the helper sign.
 */
static bool request_signature(private_pcsc_token_key_t *this,
							  pcsc_token_input_t *input, chunk_t *signature)
{
	pcsc_token_message_t message;
	pcsc_token_message_type_t type;
	char reason[BUF_LEN] = "the helper failed";
	const uint8_t *data;
	size_t len;
	bool said = FALSE;

	pcsc_token_message_begin(&message, PCSC_TOKEN_SIGN);
	if (!pcsc_token_message_add_number(&message, input->mechanism) ||
		!pcsc_token_message_add(&message, input->data.ptr, input->data.len))
	{
		return FALSE;
	}
	type = this->process->request(this->process, &message, SIGN_TIMEOUT,
								  reason);
	if (type == PCSC_TOKEN_OK && pcsc_token_message_next(&message, &data, &len))
	{
		*signature = chunk_clone(chunk_create((u_char*)data, len));
		return TRUE;
	}
	if (!type)
	{
		said = __atomic_exchange_n(&this->dead, TRUE, __ATOMIC_RELAXED);
	}
	dbg(DBG_LIB, said ? 2 : 1, "pcsc-token: tokens.%s: signing failed: %s",
		this->token, reason);
	return FALSE;
}

METHOD(private_key_t, sign, bool,
	private_pcsc_token_key_t *this, signature_scheme_t scheme, void *params,
	chunk_t data, chunk_t *signature)
{
	pcsc_token_input_t input;
	chunk_t raw;
	bool done;

	if (!pcsc_token_input(get_type(this), get_keysize(this), scheme, data,
						  &input))
	{
		DBG1(DBG_LIB, "pcsc-token: tokens.%s: signature scheme %N isn't "
			 "supported", this->token, signature_scheme_names, scheme);
		return FALSE;
	}
	done = request_signature(this, &input, &raw);
	if (done)
	{
		*signature = raw;
		if (input.der)
		{
			*signature = pcsc_token_signature_to_der(raw);
			chunk_free(&raw);
		}
	}
	chunk_free(&input.data);
	return done && signature->len;
}

METHOD(private_key_t, decrypt, bool,
	private_pcsc_token_key_t *this, encryption_scheme_t scheme, void *params,
	chunk_t crypto, chunk_t *plain)
{
	/* IKE doesn't, save for public key encryption in IKEv1, which charon
	 * doesn't do */
	return FALSE;
}

METHOD(private_key_t, get_public_key, public_key_t*,
	private_pcsc_token_key_t *this)
{
	return this->key->get_ref(this->key);
}

METHOD(private_key_t, get_fingerprint, bool,
	private_pcsc_token_key_t *this, cred_encoding_type_t type, chunk_t *fp)
{
	return this->key->get_fingerprint(this->key, type, fp);
}

METHOD(private_key_t, get_encoding, bool,
	private_pcsc_token_key_t *this, cred_encoding_type_t type,
	chunk_t *encoding)
{
	/* it never leaves the card */
	return FALSE;
}

METHOD(private_key_t, get_ref, private_key_t*,
	private_pcsc_token_key_t *this)
{
	ref_get(&this->ref);
	return &this->public;
}

METHOD(private_key_t, destroy, void,
	private_pcsc_token_key_t *this)
{
	if (ref_put(&this->ref))
	{
		this->process->destroy(this->process);
		this->key->destroy(this->key);
		free(this->token);
		free(this);
	}
}

private_key_t *pcsc_token_key_create(const char *token,
									 pcsc_token_process_t *process,
									 public_key_t *public)
{
	private_pcsc_token_key_t *this;

	switch (public->get_type(public))
	{
		case KEY_RSA:
		case KEY_ECDSA:
			break;
		default:
			public->destroy(public);
			return NULL;
	}
	INIT(this,
		.public = {
			.get_type = _get_type,
			.sign = _sign,
			.decrypt = _decrypt,
			.get_keysize = _get_keysize,
			.get_public_key = _get_public_key,
			.equals = private_key_equals,
			.belongs_to = private_key_belongs_to,
			.get_fingerprint = _get_fingerprint,
			.has_fingerprint = private_key_has_fingerprint,
			.get_encoding = _get_encoding,
			.get_ref = _get_ref,
			.destroy = _destroy,
		},
		.token = strdup(token),
		.process = process->get_ref(process),
		.key = public,
		.ref = 1,
	);
	return &this->public;
}
