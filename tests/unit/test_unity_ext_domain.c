/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unity_ext_domain.h>

#define L63 "123456789012345678901234567890123456789012345678901234567890123"

/** a name, and how it is written; NULL if it isn't one */
static const struct {
	const char *name;
	const char *written;
} names[] = {
	{ "example.org", "example.org" },
	{ "Example.ORG.", "example.org" },
	{ "lab", "lab" },
	{ "_msdcs.corp.lab", "_msdcs.corp.lab" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "10.in-addr.arpa", "10.in-addr.arpa" },
	{ L63 ".lab", L63 ".lab" },
	{ L63 "." L63 "." L63 "." "123456789012345678901234567890123456789012345678"
	  "9012345678901", L63 "." L63 "." L63 "." "1234567890123456789012345678901"
	  "234567890123456789012345678901" },
	{ L63 "." L63 "." L63 "." "123456789012345678901234567890123456789012345678"
	  "90123456789012", NULL },
	{ L63 "4.lab", NULL },
	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ ".lab", NULL },
	{ "a..lab", NULL },
	{ "lab..", NULL },
	{ "-a.lab", NULL },
	{ "a-.lab", NULL },
	{ "a.lab-", NULL },
	{ "*.lab", NULL },
	{ "~lab", NULL },
	{ "a b", NULL },
	{ "a\nb", NULL },
	{ "$(reboot).lab", NULL },
	{ "`reboot`", NULL },
	{ "a;reboot", NULL },
	{ "a/../b", NULL },
	{ "b\xc3\xbc" "cher.example", NULL },
	{ "a%b", NULL },
};

START_TEST(test_names)
{
	char out[UNITY_EXT_DOMAIN_MAX + 1];
	bool valid;

	valid = unity_ext_domain_parse(chunk_from_str((char*)names[_i].name), out);
	ck_assert_msg(valid == (names[_i].written != NULL), "'%s'", names[_i].name);
	if (valid)
	{
		ck_assert_str_eq(out, names[_i].written);
	}
}
END_TEST

START_TEST(test_embedded_nul)
{
	char out[UNITY_EXT_DOMAIN_MAX + 1];

	ck_assert(!unity_ext_domain_parse(chunk_from_chars('a', 0, 'b'), out));
}
END_TEST

/** a list, the names in it, and the first part that is bad */
static const struct {
	chunk_t list;
	const char *joined;
	const char *bad;
} lists[] = {
	{ chunk_from_chars(), "", "" },
	{ chunk_from_chars(','), "", "" },
	{ chunk_from_chars('a','.','b'), "a.b", "" },
	{ chunk_from_chars('a',',','b'), "a;b", "" },
	{ chunk_from_chars('a',' ','b','\n','c'), "a;b;c", "" },
	/* what a NUL is found for: at the end, between names, instead of commas */
	{ chunk_from_chars('a',',','b',0), "a;b", "" },
	{ chunk_from_chars('a',0,'b',0,0), "a;b", "" },
	{ chunk_from_chars(0,'a'), "a", "" },
	{ chunk_from_chars('a',',',',','b',','), "a;b", "" },
	{ chunk_from_chars('a',',','A','.',',','a'), "a", "" },
	{ chunk_from_chars('a',',','$','x',',','b',',','*'), "a;b", "$x" },
	{ chunk_from_chars(0xff,0xfe), "", "\xff\xfe" },
};

START_TEST(test_lists)
{
	array_t *domains;
	chunk_t bad;
	char *joined;

	domains = unity_ext_domains_parse(lists[_i].list, &bad);
	joined = unity_ext_domains_join(domains, ";");
	ck_assert_str_eq(joined, lists[_i].joined);
	ck_assert_uint_eq(bad.len, strlen(lists[_i].bad));
	ck_assert(!bad.len || memeq(bad.ptr, lists[_i].bad, bad.len));
	free(joined);
	unity_ext_domains_destroy(domains);
}
END_TEST

START_TEST(test_many)
{
	array_t *domains;
	chunk_t bad, list = chunk_alloc(65535);
	size_t used = 0;
	u_int i;

	for (i = 0; used + 12 < list.len; i++)
	{
		used += snprintf((char*)list.ptr + used, list.len - used,
						 "d%u.lab,", i);
	}
	domains = unity_ext_domains_parse(chunk_create(list.ptr, used), &bad);
	ck_assert_int_eq(array_count(domains), UNITY_EXT_DOMAINS_MAX);
	ck_assert(chunk_equals(bad, chunk_from_str("d256.lab")));
	unity_ext_domains_destroy(domains);
	chunk_free(&list);
}
END_TEST

START_TEST(test_no_list)
{
	char *joined = unity_ext_domains_join(NULL, ",");

	ck_assert_str_eq(joined, "");
	ck_assert(!unity_ext_domains_contain(NULL, "a"));
	unity_ext_domains_destroy(NULL);
	free(joined);
}
END_TEST

SUITE(unity_ext_domain)
{
	Suite *s = suite_create("unity_ext_domain");
	TCase *tc;

	tc = tcase_create("names");
	tcase_add_loop_test(tc, test_names, 0, countof(names));
	tcase_add_test(tc, test_embedded_nul);
	suite_add_tcase(s, tc);

	tc = tcase_create("lists");
	tcase_add_loop_test(tc, test_lists, 0, countof(lists));
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_no_list);
	suite_add_tcase(s, tc);
	return s;
}
