/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "async_crypto_names.h"

#include <crypto/crypters/crypter.h>
#include <crypto/signers/signer.h>

#include <ctype.h>

/**
 * What wraps the kernel's name of another algorithm: pcrypt() and its IV
 * generator have to fit as well.
 */
#define WRAPPERS "echainiv(pcrypt())"

typedef struct kernel_name_t kernel_name_t;

/**
 * A transform and its name, as in the kernel's net/xfrm/xfrm_algo.c.
 */
struct kernel_name_t {
	uint16_t transform;
	const char *name;
};

/** ciphers that authenticate by themselves */
static const kernel_name_t aeads[] = {
	{ ENCR_AES_GCM_ICV8, "rfc4106(gcm(aes))" },
	{ ENCR_AES_GCM_ICV12, "rfc4106(gcm(aes))" },
	{ ENCR_AES_GCM_ICV16, "rfc4106(gcm(aes))" },
	{ ENCR_AES_CCM_ICV8, "rfc4309(ccm(aes))" },
	{ ENCR_AES_CCM_ICV12, "rfc4309(ccm(aes))" },
	{ ENCR_AES_CCM_ICV16, "rfc4309(ccm(aes))" },
	{ ENCR_NULL_AUTH_AES_GMAC, "rfc4543(gcm(aes))" },
	{ ENCR_CHACHA20_POLY1305, "rfc7539esp(chacha20,poly1305)" },
};

/** ciphers that take an integrity algorithm beside */
static const kernel_name_t ciphers[] = {
	{ ENCR_NULL, "ecb(cipher_null)" },
	{ ENCR_DES, "cbc(des)" },
	{ ENCR_3DES, "cbc(des3_ede)" },
	{ ENCR_BLOWFISH, "cbc(blowfish)" },
	{ ENCR_AES_CBC, "cbc(aes)" },
	{ ENCR_AES_CTR, "rfc3686(ctr(aes))" },
	{ ENCR_CAMELLIA_CBC, "cbc(camellia)" },
};

static const kernel_name_t macs[] = {
	{ AUTH_HMAC_MD5_96, "hmac(md5)" },
	{ AUTH_HMAC_SHA1_96, "hmac(sha1)" },
	{ AUTH_HMAC_SHA2_256_96, "hmac(sha256)" },
	{ AUTH_HMAC_SHA2_256_128, "hmac(sha256)" },
	{ AUTH_HMAC_SHA2_384_192, "hmac(sha384)" },
	{ AUTH_HMAC_SHA2_512_256, "hmac(sha512)" },
	{ AUTH_AES_XCBC_96, "xcbc(aes)" },
	{ AUTH_AES_CMAC_96, "cmac(aes)" },
};

/**
 * Find a transform's name, NULL if it has none.
 */
static const char *lookup(const kernel_name_t *table, u_int count,
						  uint16_t transform)
{
	u_int i;

	for (i = 0; i < count; i++)
	{
		if (table[i].transform == transform)
		{
			return table[i].name;
		}
	}
	return NULL;
}

bool async_crypto_names_contain(linked_list_t *names, const char *name)
{
	enumerator_t *enumerator;
	char *current;
	bool found = FALSE;

	enumerator = names->create_enumerator(names);
	while (!found && enumerator->enumerate(enumerator, &current))
	{
		found = streq(current, name);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Add a name that isn't there yet.
 */
static void add(linked_list_t *names, const char *name)
{
	if (names->get_count(names) < ASYNC_CRYPTO_NAMES_MAX &&
		!async_crypto_names_contain(names, name))
	{
		names->insert_last(names, strdup(name));
	}
}

/**
 * Can this be an algorithm's name: characters as the kernel has them, and
 * parentheses in order?
 */
static bool is_name(const char *name)
{
	int depth = 0;
	const char *pos;

	for (pos = name; *pos && depth >= 0; pos++)
	{
		if (*pos == '(' || *pos == ')')
		{
			depth += *pos == '(' ? 1 : -1;
		}
		else if (!isalnum((u_char)*pos) && !strchr("_-,.", *pos))
		{
			return FALSE;
		}
	}
	return *name && !depth && !strpfx(name, "pcrypt(") &&
		   strlen(name) + strlen(WRAPPERS) < ASYNC_CRYPTO_NAME_MAX;
}

/**
 * Length of a list's first name, up to a comma outside of parentheses.
 */
static size_t name_length(const char *list)
{
	int depth = 0;
	const char *pos;

	for (pos = list; *pos && (*pos != ',' || depth > 0); pos++)
	{
		depth += (*pos == '(') - (*pos == ')');
	}
	return pos - list;
}

linked_list_t *async_crypto_names_parse(const char *list, char **bad)
{
	linked_list_t *names = linked_list_create();
	char *copy, *name;
	size_t len;

	*bad = NULL;
	while (TRUE)
	{
		len = name_length(list);
		copy = strndup(list, len);
		/* trims at both ends, within copy */
		for (name = copy; isspace((u_char)*name); name++);
		while (*name && isspace((u_char)name[strlen(name) - 1]))
		{
			name[strlen(name) - 1] = '\0';
		}
		if (!is_name(name) ||
			names->get_count(names) == ASYNC_CRYPTO_NAMES_MAX)
		{
			*bad = strdup(name);
			free(copy);
			async_crypto_names_destroy(names);
			return NULL;
		}
		add(names, name);
		free(copy);
		if (!list[len])
		{
			return names;
		}
		list += len + 1;
	}
}

/**
 * Does a proposal have a transform?
 */
static bool has(proposal_t *proposal, transform_type_t type,
				uint16_t transform)
{
	enumerator_t *enumerator;
	uint16_t current, size;
	bool found = FALSE;

	enumerator = proposal->create_enumerator(proposal, type);
	while (!found && enumerator->enumerate(enumerator, &current, &size))
	{
		found = current == transform;
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Add a cipher with each integrity algorithm of the proposal. Extended
 * sequence numbers make it another algorithm.
 */
static void add_authenc(linked_list_t *names, proposal_t *proposal,
						const char *cipher)
{
	enumerator_t *enumerator;
	uint16_t transform, size;
	const char *mac;
	char name[ASYNC_CRYPTO_NAME_MAX];

	enumerator = proposal->create_enumerator(proposal, INTEGRITY_ALGORITHM);
	while (enumerator->enumerate(enumerator, &transform, &size))
	{
		mac = lookup(macs, countof(macs), transform);
		if (!mac)
		{
			continue;
		}
		if (has(proposal, EXTENDED_SEQUENCE_NUMBERS, EXT_SEQ_NUMBERS))
		{
			snprintf(name, sizeof(name), "authencesn(%s,%s)", mac, cipher);
			add(names, name);
		}
		if (has(proposal, EXTENDED_SEQUENCE_NUMBERS, NO_EXT_SEQ_NUMBERS))
		{
			snprintf(name, sizeof(name), "authenc(%s,%s)", mac, cipher);
			add(names, name);
		}
	}
	enumerator->destroy(enumerator);
}

void async_crypto_names_add(linked_list_t *names, proposal_t *proposal)
{
	enumerator_t *enumerator;
	uint16_t transform, size;
	const char *name;

	if (proposal->get_protocol(proposal) != PROTO_ESP)
	{
		return;
	}
	enumerator = proposal->create_enumerator(proposal, ENCRYPTION_ALGORITHM);
	while (enumerator->enumerate(enumerator, &transform, &size))
	{
		name = lookup(aeads, countof(aeads), transform);
		if (name)
		{
			add(names, name);
			continue;
		}
		name = lookup(ciphers, countof(ciphers), transform);
		if (name)
		{
			add_authenc(names, proposal, name);
		}
	}
	enumerator->destroy(enumerator);
}

const char *async_crypto_names_ivgen(const char *name)
{
	return strpfx(name, "authenc") && strstr(name, "cbc") ? "echainiv"
														  : "seqiv";
}

void async_crypto_names_destroy(linked_list_t *names)
{
	DESTROY_FUNCTION_IF(names, free);
}
