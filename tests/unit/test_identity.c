/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <asn1/asn1.h>
#include <asn1/oid.h>
#include <peer_identity.h>
#include <utils/identification.h>

/**
 * Identities as peers may send them, and how the host prints them. Plugins log
 * them with %Y and rely on that.
 */
static struct {
	id_type_t type;
	chunk_t encoding;
	const char *printed;
} ids[] = {
	{ ID_FQDN, chunk_from_chars('a','\n','\x1b','[','2','J','\x9b','b'),
	  "a??[2J?b" },
	{ ID_RFC822_ADDR, chunk_from_chars('a','\r','@','\0','b'), "a?@?b" },
	{ ID_KEY_ID, chunk_from_chars('a','\n','b'), "61:0a:62" },
	/* CN=a<LF>b */
	{ ID_DER_ASN1_DN, chunk_from_chars(0x30,0x0e,0x31,0x0c,0x30,0x0a,0x06,0x03,
									   0x55,0x04,0x03,0x0c,0x03,'a','\n','b'),
	  "CN=a?b" },
	{ ID_IPV4_ADDR, chunk_from_chars(10), "(invalid ID_IPV4_ADDR)" },
};

START_TEST(test_printed)
{
	identification_t *id;
	char buf[BUF_LEN];

	id = identification_create_from_encoding(ids[_i].type, ids[_i].encoding);
	snprintf(buf, sizeof(buf), "%Y", id);
	ck_assert_str_eq(buf, ids[_i].printed);
	id->destroy(id);
}
END_TEST

/**
 * Make text of a length that ends with something.
 */
static chunk_t make_text(size_t len, char *end)
{
	chunk_t text = chunk_alloc(len);

	memset(text.ptr, 'a', len);
	memcpy(text.ptr + len - strlen(end), end, strlen(end));
	return text;
}

/** types that are printed with all of their text */
static const id_type_t text_types[] = {
	ID_FQDN, ID_RFC822_ADDR, ID_DER_ASN1_GN_URI, ID_KEY_ID,
};

/** whether the end is printed, for text about as long as %Y prints */
START_TEST(test_whole)
{
	identification_t *id;
	chunk_t text;
	size_t len;
	char *printed;

	for (len = BUF_LEN - 3; len < BUF_LEN + 3; len++)
	{
		text = make_text(len, "@\nend");
		text.ptr[len - 4] = text_types[_i] == ID_KEY_ID ? '-' : '\n';
		id = identification_create_from_encoding(text_types[_i], text);
		printed = peer_identity_print(id);
		text.ptr[len - 4] = text_types[_i] == ID_KEY_ID ? '-' : '?';
		ck_assert_uint_eq(strlen(printed), len);
		ck_assert(memeq(printed, text.ptr, len));
		free(printed);
		id->destroy(id);
		free(text.ptr);
	}
}
END_TEST

START_TEST(test_whole_binary)
{
	identification_t *id;
	chunk_t data = make_text(400, "\n\xff");
	char *printed;

	id = identification_create_from_encoding(ID_KEY_ID, data);
	printed = peer_identity_print(id);
	ck_assert_uint_eq(strlen(printed), 400 * 3 - 1);
	ck_assert_str_eq(printed + strlen(printed) - 6, ":0a:ff");
	free(printed);
	id->destroy(id);
	free(data.ptr);
}
END_TEST

/**
 * Make an RDN of an attribute and a value, which is freed.
 */
static chunk_t make_rdn(chunk_t oid, chunk_t value)
{
	return asn1_wrap(ASN1_SET, "m",
				asn1_wrap(ASN1_SEQUENCE, "mm", asn1_wrap(ASN1_OID, "c", oid),
						  asn1_wrap(ASN1_UTF8STRING, "m", value)));
}

#define OU chunk_from_chars(0x55, 4, 0x0b)
#define UNKNOWN chunk_from_chars(0x2a, 3, 4)

/** DNs of a number of OU, or of a type without a name, of a length */
static struct {
	int number;
	size_t len;
	bool unknown;
} dns[] = {
	{ 1, 3, FALSE }, { 4, 20, FALSE }, { 20, 20, FALSE }, { 60, 20, FALSE },
	{ 1, 505, FALSE }, { 1, 509, FALSE }, { 1, 600, FALSE }, { 2, 600, FALSE },
	{ 1, 3, TRUE }, { 4, 40, TRUE }, { 60, 20, TRUE }, { 2, 600, TRUE },
};

/** long DNs look as short ones do, which %Y prints */
START_TEST(test_whole_dn)
{
	chunk_t rdns = chunk_empty, dn, rdn, value;
	identification_t *id;
	char expected[8 * BUF_LEN] = "", short_one[BUF_LEN], *printed;
	int i, len = 0;

	for (i = 0; i < dns[_i].number; i++)
	{
		value = make_text(dns[_i].len, "end");
		len += snprintf(expected + len, sizeof(expected) - len, "%s%s%.*s",
						len ? ", " : "", dns[_i].unknown ? "2a:03:04=" : "OU=",
						(int)value.len, value.ptr);
		rdn = make_rdn(dns[_i].unknown ? UNKNOWN : OU, value);
		rdns = chunk_cat("mm", rdns, rdn);
	}
	dn = asn1_wrap(ASN1_SEQUENCE, "m", rdns);
	id = identification_create_from_encoding(ID_DER_ASN1_DN, dn);
	printed = peer_identity_print(id);
	ck_assert_str_eq(printed, expected);
	if (len < BUF_LEN)
	{
		snprintf(short_one, sizeof(short_one), "%Y", id);
		ck_assert_str_eq(printed, short_one);
	}
	free(printed);
	id->destroy(id);
	/* one that isn't valid looks as in the log */
	dn.ptr[dn.len - dns[_i].len - 1]++;
	id = identification_create_from_encoding(ID_DER_ASN1_DN, dn);
	printed = peer_identity_print(id);
	snprintf(short_one, sizeof(short_one), "%Y", id);
	ck_assert_str_eq(printed, short_one);
	free(printed);
	id->destroy(id);
	free(dn.ptr);
}
END_TEST

/** pairs of strings, and whether they name the same user */
static struct {
	char *a;
	char *b;
	bool equal;
} pairs[] = {
	{ "alice", "ALICE", TRUE },
	{ "alice", "email:alice", TRUE },
	{ "alice", "keyid:Alice", TRUE },
	{ "alice", "@@alice", TRUE },
	{ "alice", "@#616c696365", TRUE },
	{ "alice@lab", "keyid:ALICE@lab", TRUE },
	{ "alice@lab", "fqdn:alice@lab", TRUE },
	{ "alice", "alice1", FALSE },
	{ "alice", "malice", FALSE },
	{ "10.0.0.1", "10.0.0.1", TRUE },
	{ "10.0.0.1", "10.0.0.2", FALSE },
	{ "C=CH, CN=Alice", "C=ch, CN=alice", TRUE },
	{ "C=CH, CN=Alice", "C=CH, CN=bob", FALSE },
	{ "C=CH, CN=Alice", "alice", FALSE },
};

START_TEST(test_same_user)
{
	identification_t *a = identification_create_from_string(pairs[_i].a);
	identification_t *b = identification_create_from_string(pairs[_i].b);

	ck_assert(peer_identity_equals(a, b) == pairs[_i].equal);
	ck_assert(peer_identity_equals(b, a) == pairs[_i].equal);
	ck_assert((peer_identity_hash(a, 7) == peer_identity_hash(b, 7)) ==
			  pairs[_i].equal);
	a->destroy(a);
	b->destroy(b);
}
END_TEST

SUITE(identity)
{
	Suite *s = suite_create("identity");
	TCase *tc;

	tc = tcase_create("printed");
	tcase_add_loop_test(tc, test_printed, 0, countof(ids));
	tcase_add_loop_test(tc, test_whole, 0, countof(text_types));
	tcase_add_test(tc, test_whole_binary);
	tcase_add_loop_test(tc, test_whole_dn, 0, countof(dns));
	tcase_add_loop_test(tc, test_same_user, 0, countof(pairs));
	suite_add_tcase(s, tc);
	return s;
}
