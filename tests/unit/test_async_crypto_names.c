/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <async_crypto_names.h>

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

/** proposals, and what the kernel calls their algorithms */
static struct {
	char *proposal;
	char *names;
} proposals[] = {
	{ "aes128gcm16", "rfc4106(gcm(aes))" },
	{ "aes256gcm8-aes128gcm16", "rfc4106(gcm(aes))" },
	{ "aes128ccm12", "rfc4309(ccm(aes))" },
	{ "aes128gmac", "rfc4543(gcm(aes))" },
	{ "chacha20poly1305", "rfc7539esp(chacha20,poly1305)" },
	{ "aes128-sha256", "authenc(hmac(sha256),cbc(aes))" },
	{ "aes128-sha256-esn", "authencesn(hmac(sha256),cbc(aes))" },
	{ "aes256-sha1-esn-noesn", "authencesn(hmac(sha1),cbc(aes)) "
							   "authenc(hmac(sha1),cbc(aes))" },
	{ "3des-md5", "authenc(hmac(md5),cbc(des3_ede))" },
	{ "null-sha512", "authenc(hmac(sha512),ecb(cipher_null))" },
	{ "aes128ctr-aesxcbc", "authenc(xcbc(aes),rfc3686(ctr(aes)))" },
	{ "camellia128-sha384", "authenc(hmac(sha384),cbc(camellia))" },
	{ "aes128-sha256-sha1", "authenc(hmac(sha256),cbc(aes)) "
							"authenc(hmac(sha1),cbc(aes))" },
};

START_TEST(test_proposals)
{
	linked_list_t *names = linked_list_create();
	proposal_t *proposal;

	proposal = proposal_create_from_string(PROTO_ESP, proposals[_i].proposal);
	ck_assert(proposal != NULL);
	async_crypto_names_add(names, proposal);
	/* each once */
	async_crypto_names_add(names, proposal);
	proposal->destroy(proposal);
	assert_names(names, proposals[_i].names);
}
END_TEST

START_TEST(test_other_protocols)
{
	linked_list_t *names = linked_list_create();
	proposal_t *proposal;

	proposal = proposal_create_from_string(PROTO_AH, "sha256");
	ck_assert(proposal != NULL);
	async_crypto_names_add(names, proposal);
	proposal->destroy(proposal);
	assert_names(names, "");
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

Suite *async_crypto_names_suite_create(void)
{
	Suite *s = suite_create("async-crypto: names");
	TCase *tc = tcase_create("names");

	tcase_add_loop_test(tc, test_proposals, 0, countof(proposals));
	tcase_add_test(tc, test_other_protocols);
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_ivgen);
	suite_add_tcase(s, tc);
	return s;
}
