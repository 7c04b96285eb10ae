/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <filtermode_listing.h>
#include <filtermode_settings.h>

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

#define SET(lines) "table inet t { # handle 1\n\tset s { # handle 2\n" \
	lines "\t}\n}\n"

/** sets of others, and what is wrong with them if they are to have addresses,
 * or networks */
static struct {
	char *listing;
	char *addresses;
	char *networks;
	bool v6;
} sets[] = {
	{ SET("\t\ttype ipv4_addr\n"), NULL, "expected a set with flags interval" },
	{ SET("\t\ttype ipv6_addr\n\t\tflags interval\n"), NULL, NULL, TRUE },
	{ SET("\t\ttypeof ip6 daddr\n\t\tsize 9\n\t\tflags timeout,interval\n"),
	  NULL, NULL, TRUE },
	{ SET("\t\ttypeof ip saddr\n\t\tflags interval\n"
		  "\t\tcomment \"auto-merge\"\n"), NULL, NULL },
	{ SET("\t\ttype ipv4_addr\n\t\tflags dynamic\n"
		  "\t\telements = { 10.0.0.1 comment \"interval\" }\n"),
	  NULL, "expected a set with flags interval" },
	{ SET("\t\ttype ipv4_addr . inet_service\n\t\tflags interval\n"),
	  "expected a set of type", "expected a set of type" },
	{ SET("\t\ttype inet_service\n"),
	  "expected a set of type", "expected a set of type" },
	{ SET("\t\ttypeof ip saddr . tcp dport\n"),
	  "expected a set of type", "expected a set of type" },
	{ SET("\t\ttype ipv4_addr\n\t\tflags interval\n\t\tauto-merge\n"),
	  "expected a set without auto-merge",
	  "expected a set without auto-merge" },
	{ SET("\t\ttype ipv4_addr\n\t\ttimeout 3600s\n"),
	  "expected a set without timeout", "expected a set with flags interval" },
	{ "", "expected a set of type", "expected a set of type" },
};

START_TEST(test_set)
{
	char *expected[] = {
		[FILTERMODE_ADDRESSES] = sets[_i].addresses,
		[FILTERMODE_NETWORKS] = sets[_i].networks,
	};
	const char *wrong;
	bool v6;
	int what;

	for (what = 0; what < countof(expected); what++)
	{
		wrong = filtermode_listing_check_set(sets[_i].listing, what, &v6);
		if (expected[what])
		{
			ck_assert(wrong && strpfx(wrong, expected[what]));
		}
		else
		{
			ck_assert(!wrong);
			ck_assert_int_eq(v6, sets[_i].v6);
		}
	}
}
END_TEST

/** elements, and how they are read */
static struct {
	char *listing;
	char *read;
} elements[] = {
	{ "", "" },
	{ SET("\t\ttype ipv4_addr\n"), "" },
	{ SET("\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1 }\n"),
	  "-10.0.0.1 " },
	{ SET("\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1 comment \""
		  FILTERMODE_MARK "\", 10.0.0.2,\n\t\t\t     10.0.1.0/24 counter "
		  "comment \"" FILTERMODE_MARK "\" }\n"),
	  "+10.0.0.1 -10.0.0.2 +10.0.1.0/24 " },
	{ SET("\t\ttype ipv4_addr\n\t\telements = { 10.0.0.1 timeout 1h expires 9m"
		  " comment \"a, b } " FILTERMODE_MARK "\",\n\t\t\t     "
		  "10.0.0.3-10.0.0.5 }\n"), "-10.0.0.1 -10.0.0.3-10.0.0.5 " },
	{ SET("\t\ttype ipv4_addr\n\t\tcomment \"elements = { 1 }\"\n"), "" },
	/* cut off */
	{ "\n\t\telements = { fd00::1 comment \"" FILTERMODE_MARK, "-fd00::1 " },
};

static void read_element(void *data, const char *element, bool ours)
{
	fprintf(data, "%s%s ", ours ? "+" : "-", element);
}

START_TEST(test_set_elements)
{
	size_t len;
	FILE *out;
	char *read;

	out = open_memstream(&read, &len);
	filtermode_listing_elements(elements[_i].listing, read_element, out);
	fclose(out);
	ck_assert_str_eq(read, elements[_i].read);
	free(read);
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
	tcase_add_loop_test(tc, test_set, 0, countof(sets));
	tcase_add_loop_test(tc, test_set_elements, 0, countof(elements));
	suite_add_tcase(s, tc);

	return s;
}
