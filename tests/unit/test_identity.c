/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

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

Suite *identity_suite_create()
{
	Suite *s = suite_create("identity");
	TCase *tc;

	tc = tcase_create("printed");
	tcase_add_loop_test(tc, test_printed, 0, countof(ids));
	suite_add_tcase(s, tc);
	return s;
}
