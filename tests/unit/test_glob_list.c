/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <glob_list.h>

static glob_list_t *create(const char *str)
{
	const char *bad = NULL;
	glob_list_t *globs;

	globs = glob_list_create(str, &bad);
	ck_assert_msg(globs != NULL, "'%s': %s", str, bad);
	return globs;
}

static const struct {
	const char *list;
	const char *str;
	bool matches;
} matches[] = {
	{ "eth0", "eth0", TRUE },
	{ "eth0", "eth01", FALSE },
	{ "eth0", "", FALSE },
	{ "*", "", TRUE },
	{ "*", "anything/with a slash", TRUE },
	{ "eth?", "eth7", TRUE },
	{ "eth?", "eth10", FALSE },
	{ "eth[0-3]", "eth2", TRUE },
	{ "eth[0-3]", "eth4", FALSE },
	{ "eth[!0-3]", "eth4", TRUE },
	{ "a[]]b", "a]b", TRUE },
	{ "a]b", "a]b", TRUE },
	{ "*@Example.ORG", "Bob@example.org", TRUE },
	{ "wlan*, eth*", "eth0", TRUE },
	{ "wlan*, eth*", "docker0", FALSE },
	/* negated patterns win in any order */
	{ "eth*, !eth7", "eth6", TRUE },
	{ "eth*, !eth7", "eth7", FALSE },
	{ "!eth7, eth*", "eth7", FALSE },
	{ "!eth7, eth*", "wlan0", FALSE },
	/* alone, they leave the rest */
	{ "!docker*", "docker0", FALSE },
	{ "!docker*", "eth0", TRUE },
	{ "!docker*, !veth*", "veth1", FALSE },
	{ "!docker*, !veth*", "eth1", TRUE },
	{ "! docker*", "docker0", FALSE },
	/* quotes keep commas, space and ! */
	{ "'C=CH, O=Acme, CN=*'", "C=CH, O=Acme, CN=gw", TRUE },
	{ "'C=CH, O=Acme, CN=*'", "C=CH, O=Other, CN=gw", FALSE },
	{ "!'C=CH, O=Acme, CN=*', *", "C=CH, O=Acme, CN=gw", FALSE },
	{ "'!eth7'", "!eth7", TRUE },
	{ "' a '", " a ", TRUE },
	{ "'CN=O''Brien, *'", "CN=O'Brien, O=Acme", TRUE },
	{ "''''", "'", TRUE },
	{ "'O=Acme*', 'O=Partner, CN=*'", "O=Partner, CN=gw", TRUE },
	{ "O=Acme*, '!', CN=*", "CN=gw", TRUE },
	{ "O=Acme", "o=acme", TRUE },
	{ " a ", "a", TRUE },
	{ "o'brien", "o'brien", TRUE },
	/* a backslash isn't special */
	{ "ACME\\*", "ACME\\bob", TRUE },
	{ "ACME\\*", "ACME*", FALSE },
	/* bytes and characters beyond ASCII */
	{ "Jos\xc3\xa9*", "jos\xc3\xa9@example.org", TRUE },
};

START_TEST(test_matches)
{
	glob_list_t *globs;

	globs = create(matches[_i].list);
	ck_assert_msg(globs->matches(globs, matches[_i].str) == matches[_i].matches,
				  "'%s' and '%s'", matches[_i].list, matches[_i].str);
	globs->destroy(globs);
}
END_TEST

static const struct {
	const char *list;
	const char *bad;
} invalid[] = {
	{ "", "empty pattern" },
	{ "  ", "empty pattern" },
	{ ",", "empty pattern" },
	{ "a,", "empty pattern" },
	{ ",a", "empty pattern" },
	{ "a,,b", "empty pattern" },
	{ "!", "empty pattern" },
	{ "a, !", "empty pattern" },
	{ "''", "empty pattern" },
	{ "'a", "unbalanced quote" },
	{ "a, !'b", "unbalanced quote" },
	{ "'", "unbalanced quote" },
	{ "'a'b", "text after a quoted pattern" },
	{ "'a' 'b'", "text after a quoted pattern" },
	{ "eth[0-3", "unbalanced bracket" },
	{ "[", "unbalanced bracket" },
	{ "[]", "unbalanced bracket" },
	{ "[!]", "unbalanced bracket" },
	{ "[a][", "unbalanced bracket" },
	{ "[a,b]", "unbalanced bracket" },
	{ "'a''", "unbalanced quote" },
	{ "'a'''b", "text after a quoted pattern" },
	{ "'a''b", "unbalanced quote" },
#define NO_QUOTES "distinguished names without single quotes"
	{ "O=Partner, CN=*", NO_QUOTES },
	{ "*@lab, !C=CH, O=Acme*", NO_QUOTES },
	{ "2.5.4.6=CH, O=Acme", NO_QUOTES },
	{ "O=Acme*, O=Partner*", NO_QUOTES },
};

START_TEST(test_invalid)
{
	const char *bad = NULL;

	ck_assert(!glob_list_create(invalid[_i].list, &bad));
	ck_assert_str_eq(bad, invalid[_i].bad);
}
END_TEST

START_TEST(test_enumerate)
{
	static const struct {
		const char *pattern;
		bool negated;
	} expected[] = {
		{ "Eth*", FALSE },
		{ "eth7", TRUE },
		{ "C=CH, CN=*", FALSE },
	};
	enumerator_t *enumerator;
	glob_list_t *globs;
	const char *pattern;
	bool negated;
	int i = 0;

	globs = create("Eth* , !eth7,'C=CH, CN=*'");
	enumerator = globs->create_enumerator(globs);
	while (enumerator->enumerate(enumerator, &pattern, &negated))
	{
		ck_assert_int_lt(i, countof(expected));
		ck_assert_str_eq(pattern, expected[i].pattern);
		ck_assert_int_eq(negated, expected[i].negated);
		i++;
	}
	enumerator->destroy(enumerator);
	ck_assert_int_eq(i, countof(expected));
	globs->destroy(globs);
}
END_TEST

static const struct {
	const char *pattern;
	const char *quoted;
} quotes[] = {
	{ "", "" },
	{ "alice*", "alice*" },
	{ "!alice", "!alice" },
	{ "o'brien", "o'brien" },
	{ "C=CH, O=Acme, CN=*", "'C=CH, O=Acme, CN=*'" },
	{ "!C=CH, CN=O'Brien", "!'C=CH, CN=O''Brien'" },
	{ "O=Acme*", "'O=Acme*'" },
	{ " ! O=Acme*", "!'O=Acme*'" },
	{ "'C=CH, O=Acme'", "'C=CH, O=Acme'" },
	{ "!'C=CH, O=Acme'", "!'C=CH, O=Acme'" },
};

START_TEST(test_quote)
{
	char *quoted = glob_list_quote(quotes[_i].pattern);

	ck_assert_str_eq(quoted, quotes[_i].quoted);
	free(quoted);
}
END_TEST

START_TEST(test_copied)
{
	glob_list_t *globs;
	char str[] = "eth*";

	globs = create(str);
	memset(str, 'x', sizeof(str) - 1);
	ck_assert(globs->matches(globs, "eth0"));
	globs->destroy(globs);
}
END_TEST

START_TEST(test_matches_any)
{
	glob_list_t *globs = create("eth*, !eth7");
	array_t *strs = NULL;

	ck_assert(!globs->matches_any(globs, strs));
	array_insert_create(&strs, ARRAY_TAIL, "eth7");
	ck_assert(!globs->matches_any(globs, strs));
	array_insert(strs, ARRAY_TAIL, "wlan0");
	ck_assert(!globs->matches_any(globs, strs));
	array_insert(strs, ARRAY_TAIL, "eth1");
	ck_assert(globs->matches_any(globs, strs));
	array_destroy(strs);
	globs->destroy(globs);
}
END_TEST

SUITE(glob_list)
{
	Suite *s;
	TCase *tc;

	s = suite_create("glob_list");

	tc = tcase_create("matches");
	tcase_add_loop_test(tc, test_matches, 0, countof(matches));
	tcase_add_test(tc, test_matches_any);
	suite_add_tcase(s, tc);

	tc = tcase_create("create");
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	tcase_add_test(tc, test_copied);
	suite_add_tcase(s, tc);

	tc = tcase_create("enumerate");
	tcase_add_test(tc, test_enumerate);
	tcase_add_loop_test(tc, test_quote, 0, countof(quotes));
	suite_add_tcase(s, tc);

	return s;
}
