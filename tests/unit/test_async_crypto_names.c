/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <async_crypto_names.h>

#include <crypto/crypters/crypter.h>
#include <crypto/signers/signer.h>

/**
 * Compare a list of names with text that has a blank between them.
 */
static void assert_names(linked_list_t *names, const char *expected)
{
	enumerator_t *enumerator;
	char buf[BUF_LEN] = "", *name;

	enumerator = names->create_enumerator(names);
	while (enumerator->enumerate(enumerator, &name))
	{
		if (*buf)
		{
			strcat(buf, " ");
		}
		strcat(buf, name);
	}
	enumerator->destroy(enumerator);
	ck_assert_str_eq(buf, expected);
	async_crypto_names_destroy(names);
}

/** what SAs use, and what the kernel calls it, NULL if it has no name for it */
static struct {
	uint16_t encr;
	uint16_t integ;
	bool esn;
	char *name;
} algorithms[] = {
	{ ENCR_AES_GCM_ICV16, AUTH_UNDEFINED, FALSE, "rfc4106(gcm(aes))" },
	{ ENCR_AES_GCM_ICV8, AUTH_UNDEFINED, TRUE, "rfc4106(gcm(aes))" },
	{ ENCR_AES_CCM_ICV12, AUTH_UNDEFINED, FALSE, "rfc4309(ccm(aes))" },
	{ ENCR_NULL_AUTH_AES_GMAC, AUTH_UNDEFINED, FALSE, "rfc4543(gcm(aes))" },
	{ ENCR_CHACHA20_POLY1305, AUTH_UNDEFINED, FALSE,
	  "rfc7539esp(chacha20,poly1305)" },
	{ ENCR_AES_CBC, AUTH_HMAC_SHA2_256_128, FALSE,
	  "authenc(hmac(sha256),cbc(aes))" },
	{ ENCR_AES_CBC, AUTH_HMAC_SHA2_256_128, TRUE,
	  "authencesn(hmac(sha256),cbc(aes))" },
	{ ENCR_AES_CBC, AUTH_HMAC_SHA1_96, FALSE,
	  "authenc(hmac(sha1),cbc(aes))" },
	{ ENCR_AES_CBC, AUTH_HMAC_SHA1_96, TRUE,
	  "authencesn(hmac(sha1),cbc(aes))" },
	{ ENCR_3DES, AUTH_HMAC_MD5_96, FALSE, "authenc(hmac(md5),cbc(des3_ede))" },
	{ ENCR_NULL, AUTH_HMAC_SHA2_512_256, FALSE,
	  "authenc(hmac(sha512),ecb(cipher_null))" },
	{ ENCR_AES_CTR, AUTH_AES_XCBC_96, FALSE,
	  "authenc(xcbc(aes),rfc3686(ctr(aes)))" },
	{ ENCR_CAMELLIA_CBC, AUTH_HMAC_SHA2_384_192, FALSE,
	  "authenc(hmac(sha384),cbc(camellia))" },
	{ ENCR_AES_CBC, AUTH_UNDEFINED, FALSE, NULL },
	{ ENCR_UNDEFINED, AUTH_HMAC_SHA2_256_128, FALSE, NULL },
};

START_TEST(test_algorithms)
{
	char name[ASYNC_CRYPTO_NAME_MAX];
	bool found;

	found = async_crypto_name(algorithms[_i].encr, algorithms[_i].integ,
							  algorithms[_i].esn, name);
	ck_assert_int_eq(found, algorithms[_i].name != NULL);
	if (found)
	{
		ck_assert_str_eq(name, algorithms[_i].name);
	}
}
END_TEST

/** lists, and the names in them */
static struct {
	char *list;
	char *names;
} valid[] = {
	{ "rfc4106(gcm(aes))", "rfc4106(gcm(aes))" },
	{ " rfc4106(gcm(aes)) , authenc(hmac(sha256),cbc(aes))",
	  "rfc4106(gcm(aes)) authenc(hmac(sha256),cbc(aes))" },
	{ "a,a,b", "a b" },
	{ "rfc7539esp(chacha20,poly1305)", "rfc7539esp(chacha20,poly1305)" },
};

START_TEST(test_valid)
{
	linked_list_t *names;
	char *bad;

	names = async_crypto_names_parse(valid[_i].list, &bad);
	ck_assert(names != NULL && !bad);
	assert_names(names, valid[_i].names);
}
END_TEST

/** lists, and what is wrong in them */
static struct {
	char *list;
	char *bad;
} invalid[] = {
	{ "", "" },
	{ "a,", "" },
	{ ",a", "" },
	{ "a, b c", "b c" },
	{ "rfc4106(gcm(aes)", "rfc4106(gcm(aes)" },
	{ "a, gcm)aes(", "gcm)aes(" },
	{ "gcm(aes)), a", "gcm(aes))" },
	{ "pcrypt(gcm(aes))", "pcrypt(gcm(aes))" },
	{ "a;b", "a;b" },
	{ "0123456789012345678901234567890123456789012345",
	  "0123456789012345678901234567890123456789012345" },
};

START_TEST(test_invalid)
{
	char *bad;

	ck_assert(!async_crypto_names_parse(invalid[_i].list, &bad));
	ck_assert_str_eq(bad, invalid[_i].bad);
	free(bad);
}
END_TEST

START_TEST(test_limit)
{
	char list[ASYNC_CRYPTO_NAMES_MAX * 5 + 8] = "", *bad;
	linked_list_t *names;
	u_int i;

	for (i = 0; i < ASYNC_CRYPTO_NAMES_MAX; i++)
	{
		sprintf(list + strlen(list), "%sa%u", i ? "," : "", i);
	}
	names = async_crypto_names_parse(list, &bad);
	ck_assert(names != NULL);
	async_crypto_names_destroy(names);
	strcat(list, ",last");
	ck_assert(!async_crypto_names_parse(list, &bad));
	ck_assert_str_eq(bad, "last");
	free(bad);
}
END_TEST

START_TEST(test_ivgen)
{
	ck_assert_str_eq(async_crypto_names_ivgen("rfc4106(gcm(aes))"), "seqiv");
	ck_assert_str_eq(async_crypto_names_ivgen("authenc(hmac(sha1),cbc(aes))"),
					 "echainiv");
	ck_assert_str_eq(async_crypto_names_ivgen(
						"authenc(hmac(sha1),rfc3686(ctr(aes)))"), "seqiv");
}
END_TEST

SUITE(async_crypto_names)
{
	Suite *s = suite_create("async-crypto: names");
	TCase *tc = tcase_create("names");

	tcase_add_loop_test(tc, test_algorithms, 0, countof(algorithms));
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_ivgen);
	suite_add_tcase(s, tc);
	return s;
}
