/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unity_ext_attr.h>
#include <unity_ext_domain.h>
#include <unity_ext_inbound.h>
#include <unity_ext_session.h>

#define BIT(type) unity_ext_type_bit(type)

#define SUBNET(a, b, c, d, m) a, b, c, d, 255, m, 0, 0, 0, 0, 0, 0, 0, 0

/**
 * Check a single attribute. Returns what was taken of it, which is NULL if
 * nothing was.
 */
static array_t *take(configuration_attribute_type_t type, chunk_t value,
					 const uint32_t *asked, char *domains)
{
	array_t *attrs = unity_ext_attrs_create(), *taken;
	glob_list_t *globs = NULL;
	const char *bad;

	if (domains)
	{
		globs = glob_list_create(domains, &bad);
		ck_assert(globs != NULL);
	}
	unity_ext_attrs_add(attrs, type, value);
	taken = unity_ext_inbound(attrs, asked, globs);
	unity_ext_attrs_destroy(attrs);
	DESTROY_IF(globs);
	if (!array_count(taken))
	{
		unity_ext_attrs_destroy(taken);
		return NULL;
	}
	ck_assert_int_eq(array_count(taken), 1);
	return taken;
}

/** attributes, what is taken of them if it isn't nothing, and what is logged */
static const struct {
	configuration_attribute_type_t type;
	chunk_t value;
	const char *taken;
	const char *log;
} attrs[] = {
	{ UNITY_DEF_DOMAIN, chunk_from_chars('L','a','b','.',0), "lab", "" },
	{ UNITY_DEF_DOMAIN, chunk_from_chars(), NULL,
	  "unity-ext: refused UNITY_DEF_DOMAIN of the gateway: it is empty\n" },
	{ UNITY_DEF_DOMAIN, chunk_from_chars('$','(','x',')',';'), NULL,
	  "unity-ext: refused UNITY_DEF_DOMAIN of the gateway: not a domain name: "
	  "\"$(x);\"\n" },
	{ UNITY_SPLITDNS_NAME, chunk_from_chars('a',',','B',0), "a,b", "" },
	{ UNITY_SPLITDNS_NAME, chunk_from_chars('a',',','`','\x1b',',','b'), "a,b",
	  "unity-ext: refused UNITY_SPLITDNS_NAME of the gateway: not a domain "
	  "name: \"`\\x1b\"\n" },
	{ UNITY_SPLITDNS_NAME, chunk_from_chars(','), NULL, "" },
	{ INTERNAL_DNS_DOMAIN, chunk_from_chars(0xff), NULL,
	  "unity-ext: refused INTERNAL_DNS_DOMAIN of the gateway: not a domain "
	  "name: \"\\xff\"\n" },
	{ UNITY_SPLIT_INCLUDE, chunk_from_chars(SUBNET(10,1,2,3,255)),
	  "\x0a\x01", "" },
	{ UNITY_SPLIT_INCLUDE, chunk_from_chars(10,1,2), NULL,
	  "unity-ext: refused UNITY_SPLIT_INCLUDE of the gateway: an entry is "
	  "truncated\n" },
	/* everything through the tunnel is for the connection to allow or not */
	{ UNITY_SPLIT_INCLUDE, chunk_from_chars(0,0,0,0,0,0,0,0), "", "" },
	{ UNITY_LOCAL_LAN, chunk_from_chars(10,0,0,0,255,0,0,0), "\x0a", "" },
	{ UNITY_LOCAL_LAN, chunk_from_chars(0,0,0,0,0,0,0,0), NULL,
	  "unity-ext: refused UNITY_LOCAL_LAN of the gateway: a network is larger "
	  "than /8\n" },
	{ UNITY_LOCAL_LAN, chunk_from_chars(0,0,0,0,128,0,0,0,0,0,0,0,0,0,
										128,0,0,0,128,0,0,0), NULL,
	  "unity-ext: refused UNITY_LOCAL_LAN of the gateway: a network is larger "
	  "than /8\n" },
	{ INTERNAL_IP4_DNS, chunk_from_chars(10,0,0,1), "\x0a", "" },
	{ INTERNAL_IP4_DNS, chunk_from_chars(), NULL, "" },
	{ INTERNAL_IP4_DNS, chunk_from_chars(127,0,0,1), NULL,
	  "unity-ext: refused INTERNAL_IP4_DNS of the gateway: not the address of "
	  "a server\n" },
	{ INTERNAL_IP4_DNS, chunk_from_chars(0,0,0,0), NULL,
	  "unity-ext: refused INTERNAL_IP4_DNS of the gateway: not the address of "
	  "a server\n" },
	{ INTERNAL_IP4_DNS, chunk_from_chars(224,0,0,251), NULL,
	  "unity-ext: refused INTERNAL_IP4_DNS of the gateway: not the address of "
	  "a server\n" },
	{ INTERNAL_IP4_DNS, chunk_from_chars(10,0,0), NULL,
	  "unity-ext: refused INTERNAL_IP4_DNS of the gateway: not the address of "
	  "a server\n" },
	{ INTERNAL_IP6_DNS, chunk_from_chars(0xfd,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1),
	  "\xfd", "" },
	{ INTERNAL_IP6_DNS, chunk_from_chars(0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1),
	  NULL, "unity-ext: refused INTERNAL_IP6_DNS of the gateway: not the "
	  "address of a server\n" },
	{ INTERNAL_IP6_DNS, chunk_from_chars(0xff,2,0,0,0,0,0,0,0,0,0,0,0,0,0,1),
	  NULL, "unity-ext: refused INTERNAL_IP6_DNS of the gateway: not the "
	  "address of a server\n" },
	{ UNITY_BANNER, chunk_from_chars(), NULL, "" },
	{ UNITY_BANNER, chunk_from_chars('\x1b', 'x'), "\x1bx", "" },
	{ UNITY_FW_TYPE, chunk_from_chars(1), "\1", "" },
	{ APPLICATION_VERSION, chunk_from_chars(1), "\1", "" },
};

START_TEST(test_attr)
{
	unity_ext_attr_t attr;
	array_t *taken;
	const char *log;

	log_capture();
	taken = take(attrs[_i].type, attrs[_i].value, NULL, NULL);
	log = log_captured();
	ck_assert_str_eq(log, attrs[_i].log);
	ck_assert((taken != NULL) == (attrs[_i].taken != NULL));
	if (taken)
	{
		array_get(taken, 0, &attr);
		ck_assert(memeq(attr.value.ptr, attrs[_i].taken,
						strlen(attrs[_i].taken)));
		unity_ext_attrs_destroy(taken);
	}
}
END_TEST

START_TEST(test_unasked)
{
	uint32_t asked = BIT(UNITY_BANNER);
	array_t *attrs = unity_ext_attrs_create(), *taken;

	unity_ext_attrs_add(attrs, UNITY_BANNER, chunk_from_str("x"));
	unity_ext_attrs_add(attrs, INTERNAL_DNS_DOMAIN,
						chunk_from_str("a"));
	unity_ext_attrs_add(attrs, UNITY_DEF_DOMAIN,
						chunk_from_str("a"));
	unity_ext_attrs_add(attrs, UNITY_PFS, chunk_from_str("1"));
	unity_ext_attrs_add(attrs, INTERNAL_IP4_NETMASK,
						chunk_from_str("1234"));
	log_capture();
	taken = unity_ext_inbound(attrs, &asked, NULL);
	/* one line, however many there are */
	ck_assert_str_eq(log_captured(), "unity-ext: refused UNITY_DEF_DOMAIN of "
					 "the gateway: it wasn't asked for\n");
	ck_assert_int_eq(array_count(taken), 2);
	unity_ext_attrs_destroy(taken);
	unity_ext_attrs_destroy(attrs);
}
END_TEST

START_TEST(test_allowed_domains)
{
	unity_ext_attr_t attr;
	array_t *taken;
	char *domain;

	log_capture();
	taken = take(UNITY_SPLITDNS_NAME,
				 chunk_from_str("a.lab,bank.example,LAB"), NULL, "lab, *.lab");
	ck_assert_str_eq(log_captured(), "unity-ext: refused UNITY_SPLITDNS_NAME "
					 "of the gateway: unity-ext.dns_domains doesn't have it: "
					 "\"bank.example\"\n");
	array_get(taken, 0, &attr);
	ck_assert_int_eq(asprintf(&domain, "%.*s", (int)attr.value.len,
							  attr.value.ptr), strlen("a.lab,lab"));
	ck_assert_str_eq(domain, "a.lab,lab");
	free(domain);
	unity_ext_attrs_destroy(taken);
	ck_assert(!take(UNITY_DEF_DOMAIN, chunk_from_str("bank.example"), NULL,
					"lab"));
}
END_TEST

START_TEST(test_large)
{
	chunk_t large = chunk_alloc(65535);
	unity_ext_session_t *session = unity_ext_session_create();
	array_t *taken;
	size_t i;

	/* a banner with all bytes, NULs too */
	for (i = 0; i < large.len; i++)
	{
		large.ptr[i] = i;
	}
	log_capture();
	taken = take(UNITY_BANNER, large, NULL, NULL);
	ck_assert_str_eq(log_captured(), "unity-ext: refused UNITY_BANNER of the "
					 "gateway: it is cut after 4096 bytes\n");
	unity_ext_session_add(session, taken);
	unity_ext_attrs_destroy(taken);
	ck_assert_uint_le(strlen(session->banner), 4 * UNITY_EXT_BANNER_TAKEN);
	for (i = 0; session->banner[i]; i++)
	{
		ck_assert_int_ge(session->banner[i], ' ');
	}
	/* a label of 65535 bytes */
	memset(large.ptr, 'a', large.len);
	log_capture();
	ck_assert(!take(UNITY_SPLITDNS_NAME, large, NULL, NULL));
	ck_assert_str_eq(log_captured(), "unity-ext: refused UNITY_SPLITDNS_NAME "
					 "of the gateway: not a domain name: "
					 "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"\n");
	unity_ext_session_destroy(session);
	chunk_free(&large);
}
END_TEST

static const unity_ext_settings_t exec = {
	.dns = UNITY_EXT_EXEC,
	.dns_program = "/bin/true",
};

/**
 * A session in which some attributes were sent, by type and value.
 */
static unity_ext_session_t *create_session(bool servers, bool domains)
{
	unity_ext_session_t *session = unity_ext_session_create();
	array_t *attrs = unity_ext_attrs_create();

	if (servers)
	{
		unity_ext_attrs_add(attrs, INTERNAL_IP4_DNS,
						chunk_from_chars(10,0,0,1));
		unity_ext_attrs_add(attrs, INTERNAL_IP6_DNS,
						chunk_from_chars(0xfd,0,0,0,0,0,0,0,
													 0,0,0,0,0,0,0,1));
	}
	if (domains)
	{
		unity_ext_attrs_add(attrs, UNITY_DEF_DOMAIN,
							chunk_from_str("lab,other"));
		unity_ext_attrs_add(attrs, UNITY_SPLITDNS_NAME,
							chunk_from_str("a.lab,b.lab"));
		unity_ext_attrs_add(attrs, INTERNAL_DNS_DOMAIN,
							chunk_from_str("b.lab,c.lab"));
	}
	unity_ext_session_add(session, attrs);
	unity_ext_attrs_destroy(attrs);
	return session;
}

START_TEST(test_record)
{
	unity_ext_session_t *session = create_session(TRUE, TRUE);
	unity_ext_record_t *record;
	unity_ext_settings_t settings = exec;
	const char *reason;

	record = unity_ext_session_record(session, &settings, "road\nx", 7,
									  &reason);
	ck_assert(record && !reason);
	ck_assert_uint_eq(session->id, 7);
	ck_assert_int_eq(record->method, UNITY_EXT_EXEC);
	ck_assert_str_eq(record->program, "/bin/true");
	ck_assert_str_eq(record->interface, "unity7");
	ck_assert(record->own_interface);
	ck_assert_str_eq(record->connection, "road?x");
	ck_assert_uint_eq(record->id, 7);
	ck_assert_str_eq(record->vips, "");
	ck_assert_str_eq(record->dns, "10.0.0.1 fd00::1");
	ck_assert_str_eq(record->domains, "a.lab b.lab c.lab");
	ck_assert_str_eq(record->default_domain, "lab");
	unity_ext_record_destroy(record);

	settings.dns_interface = "xfrm0";
	record = unity_ext_session_record(session, &settings, "road", UINT32_MAX,
									  &reason);
	ck_assert_str_eq(record->interface, "xfrm0");
	ck_assert(!record->own_interface);
	unity_ext_record_destroy(record);
	unity_ext_session_destroy(session);
}
END_TEST

START_TEST(test_no_record)
{
	unity_ext_settings_t none = { .dns = UNITY_EXT_NONE }, settings = exec;
	unity_ext_session_t *session;
	const char *reason;

	session = create_session(TRUE, TRUE);
	ck_assert(!unity_ext_session_record(session, &none, "", 1, &reason));
	ck_assert(!reason);
	unity_ext_session_reset(session);
	ck_assert(!unity_ext_session_record(session, &settings, "", 1,
										&reason));
	ck_assert(!reason);
	unity_ext_session_destroy(session);

	session = create_session(TRUE, FALSE);
	ck_assert(!unity_ext_session_record(session, &settings, "", 1,
										&reason));
	ck_assert_str_eq(reason,
					 "the gateway sent DNS servers but no domains for them");
	unity_ext_session_destroy(session);

	session = create_session(FALSE, TRUE);
	ck_assert(!unity_ext_session_record(session, &settings, "", 1,
										&reason));
	ck_assert_str_eq(reason, "the gateway sent domains but no DNS servers");
	unity_ext_session_destroy(session);
}
END_TEST

START_TEST(test_many_servers)
{
	unity_ext_session_t *session = unity_ext_session_create();
	array_t *attrs = unity_ext_attrs_create();
	int i;

	for (i = 1; i < 100; i++)
	{
		unity_ext_attrs_add(attrs, INTERNAL_IP4_DNS,
							chunk_from_chars(10,0,0,i));
	}
	unity_ext_session_add(session, attrs);
	ck_assert_uint_eq(session->servers, 8);
	ck_assert_str_eq(session->dns, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 "
					 "10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8");
	unity_ext_attrs_destroy(attrs);
	unity_ext_session_destroy(session);
}
END_TEST

SUITE(unity_ext_inbound)
{
	Suite *s = suite_create("unity_ext_inbound");
	TCase *tc;

	tc = tcase_create("attributes");
	tcase_add_loop_test(tc, test_attr, 0, countof(attrs));
	tcase_add_test(tc, test_unasked);
	tcase_add_test(tc, test_allowed_domains);
	tcase_add_test(tc, test_large);
	suite_add_tcase(s, tc);

	tc = tcase_create("session");
	tcase_add_test(tc, test_record);
	tcase_add_test(tc, test_no_record);
	tcase_add_test(tc, test_many_servers);
	suite_add_tcase(s, tc);
	return s;
}
