/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <filtermode_counters.h>

#include <inttypes.h>

/** as nft lists it */
static const char listing[] =
	"table inet charon_filtermode { # handle 1\n"
	"\tcomment \"charon filtermode\"\n"
	"\tset rule-a {\n\t\ttypeof ipsec in reqid\n\t}\n\n"
	"\tchain rule-a-in { # handle 4\n"
	"\t\tipsec in spnum 0 ip saddr 0.0.0.0/0 counter packets 3 bytes 300 "
	"accept comment \"rules.a\" # handle 9\n"
	"\t\tipsec in spnum 0 ip6 saddr ::/0 counter packets 18446744073709551000 "
	"bytes 400 accept comment \"rules.a\" # handle 10\n\t}\n"
	"\tchain ipsec-in { # handle 5\n"
	"\t\tjump rule-a-in # handle 11\n"
	"\t\tcounter packets 6 bytes 600\n"
	"\t\tcounter packets 7 bytes 700 drop # handle 12\n"
	"\t\tcounter packets 1 bytes 100 drop comment \"default\" # handle 12\n"
	"\t}\n"
	"\tchain ipsec-out { # handle 6\n"
	"\t\tcounter packets 2 bytes 200 reject with icmpx port-unreachable "
	"comment \"rules.b\" # handle 13\n"
	"\t\tcounter packets 1 bytes 100 drop comment \"rules.c\" # handle 14\n"
	"\t\tcounter packets 5 bytes 500 accept comment \"rules.a\" # handle 14\n"
	"\t}\n"
	"\tchain reject-out { # handle 8\n"
	"\t\tcounter packets 4 bytes 400 reject comment \"rules.c\" # handle 15\n"
	"\t}\n"
	"\tchain of-rules_file { # handle 7\n"
	"\t\tcounter packets 9 bytes 900 accept comment \"rules.a\" # handle 14\n"
	"\t}\n}\n";

START_TEST(test_sums)
{
	filtermode_counter_t *counter;
	array_t *counters;
	char text[512] = "";
	size_t len;

	counters = filtermode_counters_parse(listing);
	while (array_remove(counters, ARRAY_HEAD, &counter))
	{
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "%s %s %" PRIu64 "/%" PRIu64
				 " %" PRIu64 "/%" PRIu64 "\n", counter->name, counter->action,
				 counter->in.packets, counter->in.bytes, counter->out.packets,
				 counter->out.bytes);
		free(counter);
	}
	array_destroy(counters);
	ck_assert_str_eq(text, "rules.a accept 18446744073709551003/700 5/500\n"
					 "default drop 1/100 0/0\n"
					 "rules.b reject 0/0 2/200\n"
					 "rules.c reject 0/0 5/500\n");
}
END_TEST

/** nothing in them */
static const char *const others[] = {
	"", "\n", "\tchain -in {", "\tchain -in {\n\t\tcounter packets x",
	"\tchain -in {\n\t\tcounter packets 1 bytes 2 drop comment \"",
	"\tchain a {\n\t\tcounter packets 1 bytes 2 drop comment \"a\"",
	"\t\tcounter packets 1 bytes 2 drop comment \"a\"",
};

START_TEST(test_others)
{
	array_t *counters = filtermode_counters_parse(others[_i]);

	ck_assert_int_eq(array_count(counters), 0);
	array_destroy(counters);
}
END_TEST

SUITE(filtermode_counters)
{
	Suite *s = suite_create("filtermode: counters");
	TCase *tc;

	tc = tcase_create("counters");
	tcase_add_test(tc, test_sums);
	tcase_add_loop_test(tc, test_others, 0, countof(others));
	suite_add_tcase(s, tc);

	return s;
}
