/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <filtermode_listing.h>

#define BASE(name, hook) \
	"\tchain " name " { # handle 3\n" \
	"\t\ttype filter hook " hook " priority -10; policy accept;\n" \
	"\t\tmeta l4proto 6 counter accept # handle 9\n" \
	"\t}\n\n"

#define START "table inet t { # handle 1\n"

#define COMMENT "\tcomment \"charon filtermode\"\n"

static const char *listing = START COMMENT
	"\tmap m { # handle 4\n"
	"\t\ttype inet_service : verdict\n"
	"\t}\n\n"
	"\tct helper h { # handle 5\n"
	"\t\ttype \"ftp\" protocol 6\n"
	"\t}\n\n"
	"\tchain c { # handle 2\n"
	"\t\ttcp dport { 22, 23 } accept # handle 8\n"
	"\t}\n\n"
	BASE("input", "input") BASE("output", "output")
	"}\n";

/** what the new table consists of, and the commands that make way for it */
static struct {
	char *text;
	char *clear;
} replacements[] = {
	{ "\tchain output {\n"
	  "\t\ttype filter hook output priority -10; policy accept;\n"
	  "\t}\n\tchain input {\n"
	  "\t\ttype filter hook input priority -10; policy accept;\n\t}\n",
	  "flush table inet t\n"
	  "delete map inet t m\n"
	  "delete ct helper inet t h\n"
	  "delete chain inet t c\n" },
	/* a priority can't be changed */
	{ "\tchain output {\n"
	  "\t\ttype filter hook output priority 10; policy accept;\n"
	  "\t}\n\tchain input {\n"
	  "\t\ttype filter hook input priority -10; policy accept;\n\t}\n",
	  "delete table inet t\n" },
	{ "\tchain output {\n"
	  "\t\ttype filter hook output priority -10; policy accept;\n\t}\n",
	  "delete table inet t\n" },
	{ "", "delete table inet t\n" },
};

START_TEST(test_clear)
{
	char *commands;
	size_t len;
	FILE *out;

	out = open_memstream(&commands, &len);
	filtermode_listing_print_clear(listing, "t", replacements[_i].text, out);
	fclose(out);
	ck_assert_str_eq(commands, replacements[_i].clear);
	free(commands);
}
END_TEST

START_TEST(test_empty)
{
	char *commands;
	size_t len;
	FILE *out;

	out = open_memstream(&commands, &len);
	filtermode_listing_print_clear(START "}\n", "t", "", out);
	fclose(out);
	ck_assert_str_eq(commands, "flush table inet t\n");
	free(commands);
}
END_TEST

START_TEST(test_is_ours)
{
	ck_assert(filtermode_listing_is_ours(listing));
	ck_assert(filtermode_listing_is_ours(START COMMENT "}\n"));
	ck_assert(!filtermode_listing_is_ours(START "}\n"));
	ck_assert(!filtermode_listing_is_ours(START BASE("input", "input") "}\n"));
	/* in a set of somebody else's */
	ck_assert(!filtermode_listing_is_ours(START "\tset a { # handle 1\n"
										  "\t" COMMENT "\t}\n}\n"));
}
END_TEST

SUITE(filtermode_listing)
{
	Suite *s = suite_create("filtermode: listing");
	TCase *tc;

	tc = tcase_create("listing");
	tcase_add_loop_test(tc, test_clear, 0, countof(replacements));
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_is_ours);
	suite_add_tcase(s, tc);

	return s;
}
