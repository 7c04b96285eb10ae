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

CALLBACK(match_name, bool,
	char *current, va_list args)
{
	const char *name;

	VA_ARGS_VGET(args, name);
	return streq(current, name);
}

bool async_crypto_names_contain(linked_list_t *names, const char *name)
{
	return names->find_first(names, match_name, NULL, name);
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
		if (!async_crypto_names_contain(names, name))
		{
			names->insert_last(names, strdup(name));
		}
		free(copy);
		if (!list[len])
		{
			return names;
		}
		list += len + 1;
	}
}

bool async_crypto_name(uint16_t encr, uint16_t integ, bool esn,
					   char name[ASYNC_CRYPTO_NAME_MAX])
{
	const char *aead, *cipher, *mac;

	aead = lookup(aeads, countof(aeads), encr);
	cipher = lookup(ciphers, countof(ciphers), encr);
	mac = lookup(macs, countof(macs), integ);
	if (aead)
	{
		snprintf(name, ASYNC_CRYPTO_NAME_MAX, "%s", aead);
	}
	else if (cipher && mac)
	{
		snprintf(name, ASYNC_CRYPTO_NAME_MAX, "authenc%s(%s,%s)",
				 esn ? "esn" : "", mac, cipher);
	}
	return aead || (cipher && mac);
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
