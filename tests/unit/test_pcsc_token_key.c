/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <pcsc_token_key.h>

#include <plugins/pkcs11/pkcs11.h>

static void setup(void)
{
	/* for the hashes: Debian 13 has them from OpenSSL only */
	ck_assert(lib->plugins->load(lib->plugins, "sha1 sha2 openssl"));
}

static void teardown(void)
{
	lib->plugins->unload(lib->plugins);
}

/** schemes, the length of what a card is asked to sign, in bytes */
static struct {
	key_type_t type;
	int keysize;
	signature_scheme_t scheme;
	u_int len;
	bool der;
} schemes[] = {
	/* as they are */
	{ KEY_RSA, 2048, SIGN_RSA_EMSA_PKCS1_NULL, 3 },
	{ KEY_ECDSA, 256, SIGN_ECDSA_WITH_NULL, 3 },
	/* DigestInfo, with lengths as in RFC 8017, section 9.2, note 1 */
	{ KEY_RSA, 2048, SIGN_RSA_EMSA_PKCS1_SHA1, 15 + 20 },
	{ KEY_RSA, 2048, SIGN_RSA_EMSA_PKCS1_SHA2_256, 19 + 32 },
	{ KEY_RSA, 2048, SIGN_RSA_EMSA_PKCS1_SHA2_384, 19 + 48 },
	{ KEY_RSA, 2048, SIGN_RSA_EMSA_PKCS1_SHA2_512, 19 + 64 },
	{ KEY_ECDSA, 256, SIGN_ECDSA_WITH_SHA1_DER, 20, TRUE },
	{ KEY_ECDSA, 384, SIGN_ECDSA_WITH_SHA256_DER, 32, TRUE },
	{ KEY_ECDSA, 256, SIGN_ECDSA_WITH_SHA384_DER, 48, TRUE },
	{ KEY_ECDSA, 256, SIGN_ECDSA_WITH_SHA512_DER, 64, TRUE },
	{ KEY_ECDSA, 256, SIGN_ECDSA_256, 32 },
	{ KEY_ECDSA, 384, SIGN_ECDSA_384, 48 },
	{ KEY_ECDSA, 521, SIGN_ECDSA_521, 64 },
	/* not for this key, or not supported */
	{ KEY_ECDSA, 384, SIGN_ECDSA_256, 0 },
	{ KEY_ECDSA, 256, SIGN_RSA_EMSA_PKCS1_SHA2_256, 0 },
	{ KEY_RSA, 2048, SIGN_ECDSA_WITH_SHA256_DER, 0 },
	{ KEY_RSA, 2048, SIGN_RSA_EMSA_PSS, 0 },
	{ KEY_ED25519, 256, SIGN_ED25519, 0 },
};

START_TEST(test_input)
{
	pcsc_token_input_t input = {};
	bool supported;

	supported = pcsc_token_input(schemes[_i].type, schemes[_i].keysize,
								 schemes[_i].scheme, chunk_from_str("abc"),
								 &input);
	ck_assert_int_eq(supported, schemes[_i].len != 0);
	if (supported)
	{
		ck_assert_uint_eq(input.data.len, schemes[_i].len);
		ck_assert_int_eq(input.der, schemes[_i].der);
		ck_assert_uint_eq(input.mechanism, schemes[_i].type == KEY_RSA ?
							CKM_RSA_PKCS : CKM_ECDSA);
		chunk_free(&input.data);
	}
}
END_TEST

START_TEST(test_digest_info)
{
	/* RFC 8017, section 9.2, note 1, and SHA-256 of "abc" */
	static const u_char expected[] = {
		0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
		0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde,
		0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	pcsc_token_input_t input;

	ck_assert(pcsc_token_input(KEY_RSA, 2048, SIGN_RSA_EMSA_PKCS1_SHA2_256,
							   chunk_from_str("abc"), &input));
	ck_assert(chunk_equals(input.data, chunk_create((u_char*)expected,
													sizeof(expected))));
	chunk_free(&input.data);
}
END_TEST

/** r and s, and the DER encoding */
static struct {
	char *raw;
	char *der;
} signatures[] = {
	{ "0102", "3006020101020102" },
	/* a leading zero goes, one is added before a set high bit */
	{ "007f8000", "300802017f0203008000" },
	{ "010203", "" },
	{ "", "" },
};

START_TEST(test_der)
{
	chunk_t raw, expected, der;

	raw = chunk_from_hex(chunk_from_str(signatures[_i].raw), NULL);
	expected = chunk_from_hex(chunk_from_str(signatures[_i].der), NULL);
	der = pcsc_token_signature_to_der(raw);
	ck_assert_uint_eq(der.len, expected.len);
	ck_assert(!der.len || memeq(der.ptr, expected.ptr, der.len));
	chunk_free(&raw);
	chunk_free(&expected);
	chunk_free(&der);
}
END_TEST

SUITE(pcsc_token_key)
{
	Suite *s = suite_create("pcsc_token_key");
	TCase *tc;

	tc = tcase_create("key");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_input, 0, countof(schemes));
	tcase_add_test(tc, test_digest_info);
	tcase_add_loop_test(tc, test_der, 0, countof(signatures));
	suite_add_tcase(s, tc);
	return s;
}
