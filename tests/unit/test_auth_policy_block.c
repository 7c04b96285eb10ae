/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <auth_policy_block.h>
#include <auth_policy_block_file.h>
#include <auth_policy_networks.h>

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Read a line, with the errors expected as one text.
 */
static auth_policy_block_t *parse(const char *text, const char *expected)
{
	option_errors_t *errors = option_errors_create();
	auth_policy_block_t *block;
	enumerator_t *enumerator;
	char *line = strdup(text), *error, all[2048] = "";
	size_t len = 0;

	block = auth_policy_block_parse(line, errors);
	enumerator = errors->create_enumerator(errors);
	while (enumerator->enumerate(enumerator, &error))
	{
		len += snprintf(all + len, sizeof(all) - len, "%s%s",
						len ? "; " : "", error);
	}
	enumerator->destroy(enumerator);
	errors->destroy(errors);
	free(line);
	ck_assert_str_eq(all, expected);
	return block;
}

/** lines, and how they are written */
static struct {
	const char *line;
	const char *printed;
} valid[] = {
	{ "id=alice@lab", "id=alice@lab" },
	{ " id=*@lab\tnote=\"gone\"  # why\n", "id=*@lab note=gone" },
	{ "id=\"C=CH, O=Acme, CN=a\" by=\"x \"\"y\"\"\" until=2026-12-24",
	  "id=\"C=CH, O=Acme, CN=a\" until=2026-12-24T00:00:00Z "
	  "by=\"x \"\"y\"\"\"" },
	{ "address=192.0.2.0/24 until=2026-12-24T18:00Z",
	  "address=192.0.2.0/24 until=2026-12-24T18:00:00Z" },
	{ "address=2001:db8::1 since=2026-12-24T18:00:01Z",
	  "address=2001:db8::1 since=2026-12-24T18:00:01Z" },
	{ "address=192.0.2.1-192.0.2.9", "address=192.0.2.1-192.0.2.9" },
	{ "serial=00:0A:1b issuer=\"O=Acme, *\"",
	  "serial=00:0A:1b issuer=\"O=Acme, *\"" },
	{ "id=%d%s", "id=%d%s" },
};

START_TEST(test_valid)
{
	auth_policy_block_t *block = parse(valid[_i].line, "");
	char *printed;

	ck_assert(block);
	printed = auth_policy_block_print(block);
	ck_assert_str_eq(printed, valid[_i].printed);
	options_unref(block);
	/* what was written reads as the same */
	block = parse(printed, "");
	ck_assert(block);
	options_unref(block);
	free(printed);
}
END_TEST

#define ONE "expected one of id, address, serial with issuer, fingerprint"

/** lines with errors, and those that are clear enough to be in force */
static struct {
	const char *line;
	const char *error;
	bool block;
} invalid[] = {
	{ "", "", FALSE },
	{ "  # id=alice", "", FALSE },
	{ "alice", "\"alice\": expected KEY=VALUE; " ONE, FALSE },
	{ "note=x", ONE, FALSE },
	{ "id=a address=192.0.2.1", ONE, FALSE },
	{ "id=*", "id = \"*\": is everybody, expected a pattern with a name",
	  FALSE },
	{ "id=!a", "id = \"!a\": expected a pattern without ! before it", FALSE },
	{ "address=0.0.0.0/0", "address = \"0.0.0.0/0\": is everybody, expected a "
	  "network", FALSE },
	{ "address=::/0", "address = \"::/0\": is everybody, expected a network",
	  FALSE },
	{ "address=192.0.2.1,192.0.2.2", "address = \"192.0.2.1,192.0.2.2\": "
	  "expected one address, network or range", FALSE },
	{ "address=@/etc/passwd", "address = \"@/etc/passwd\": expected one "
	  "address, network or range", FALSE },
	{ "serial=01", "issuer: missing, as serial and issuer are one certificate",
	  FALSE },
	{ "issuer=x", "serial: missing, as serial and issuer are one certificate",
	  FALSE },
	{ "serial=xy issuer=z", "serial = \"xy\": expected hex digits", FALSE },
	{ "fingerprint=0102", "fingerprint = \"0102\": expected 40 (SHA-1) or 64 "
	  "(SHA-256) hex digits", FALSE },
	{ "id=a until=tomorrow", "until = \"tomorrow\": expected a time in UTC as "
	  "2026-12-24T18:00:00Z, or a date", TRUE },
	{ "id=a expire=1h", "expire = \"1h\": unknown, expected id, address, "
	  "serial, issuer, fingerprint, until, since, by or note", TRUE },
	{ "id=a bogus=b", "bogus = \"b\": unknown, expected id, address, serial, "
	  "issuer, fingerprint, until, since, by or note", TRUE },
	{ "id=a until=2026-12-24 trailing", "\"trailing\": expected KEY=VALUE",
	  TRUE },
	{ "id=a until=2026-12-24 note=\"x", "a \" is missing", TRUE },
	{ "id=a id=b", "id = \"b\": is there twice", TRUE },
};

START_TEST(test_invalid)
{
	auth_policy_block_t *block = parse(invalid[_i].line, invalid[_i].error);

	ck_assert_int_eq(block != NULL, invalid[_i].block);
	if (block)
	{	/* nobody is let in as a line isn't clear */
		ck_assert(!auth_policy_block_over(block, TIME_32_BIT_SIGNED_MAX));
	}
	options_unref(block);
}
END_TEST

/** who is blocked by what: his names, of which said are what he said, and
 * address */
static struct {
	const char *line;
	const char *name;
	const char *said;
	const char *host;
	bool matches;
} people[] = {
	{ "id=alice@lab", "alice@lab", NULL, "192.0.2.1", TRUE },
	{ "id=alice@lab", "ALICE@LAB", NULL, "192.0.2.1", TRUE },
	{ "id=alice@lab", "malice@lab", NULL, "192.0.2.1", FALSE },
	{ "id=*@lab", "bob@lab", NULL, "192.0.2.1", TRUE },
	{ "id=\"C=CH, CN=a\"", "C=CH, CN=a", NULL, "192.0.2.1", TRUE },
	{ "id=\"C=CH, CN=a\"", "C=CH, CN=b", NULL, "192.0.2.1", FALSE },
	/* patterns in place of a name */
	{ "id=alice@lab", "*@lab", "*@lab", "192.0.2.1", TRUE },
	{ "id=alice@lab", "*lab", "*lab", "192.0.2.1", TRUE },
	{ "id=alice@lab", "*", "*", "192.0.2.1", TRUE },
	{ "id=al*@lab", "*ice@lab", "*ice@lab", "192.0.2.1", TRUE },
	{ "id=alice@lab", "*@office", "*@office", "192.0.2.1", FALSE },
	{ "id=alice@lab", "*xalice@lab", "*xalice@lab", "192.0.2.1", FALSE },
	{ "id=\"C=CH, CN=a\"", "C=CH, CN=*", "C=CH, CN=*", "192.0.2.1", TRUE },
	/* it is in a certificate, of servers for instance */
	{ "id=alice.lab", "*.lab", NULL, "192.0.2.1", FALSE },
	{ "address=192.0.2.0/24", "alice@lab", NULL, "192.0.2.1", TRUE },
	{ "address=192.0.2.0/24", "alice@lab", NULL, "192.0.3.1", FALSE },
	{ "address=2001:db8::/64", "alice@lab", NULL, "2001:db8::5", TRUE },
	{ "address=2001:db8::/64", "alice@lab", NULL, "2001:db8:0:1::5", FALSE },
	{ "serial=01 issuer=*", "alice@lab", NULL, "192.0.2.1", FALSE },
};

START_TEST(test_matches)
{
	auth_policy_block_t *block = parse(people[_i].line, "");
	auth_policy_person_t person = {
		.host = host_create_from_string((char*)people[_i].host, 500),
		.names = array_create(0, 0),
		.said = array_create(0, 0),
	};

	ck_assert(block);
	array_insert(person.names, ARRAY_TAIL, (void*)people[_i].name);
	if (people[_i].said)
	{
		array_insert(person.said, ARRAY_TAIL, (void*)people[_i].said);
	}
	ck_assert_int_eq(auth_policy_block_matches(block, &person),
					 people[_i].matches);
	person.host->destroy(person.host);
	array_destroy(person.names);
	array_destroy(person.said);
	options_unref(block);
}
END_TEST

/** lines that are about the same, or not */
static struct {
	const char *a;
	const char *b;
	bool equal;
} pairs[] = {
	{ "id=a note=x", "id=A until=2030-01-01", TRUE },
	{ "id=a", "id=b", FALSE },
	{ "id=192.0.2.1", "address=192.0.2.1", FALSE },
	{ "address=192.0.2.1", "address=192.0.2.1/32", TRUE },
	{ "address=192.0.2.0/24", "address=192.0.2.0/25", FALSE },
	{ "serial=0001 issuer=x", "serial=1 issuer=X", TRUE },
	{ "serial=01 issuer=x", "serial=01 issuer=y", FALSE },
};

START_TEST(test_equals)
{
	auth_policy_block_t *a = parse(pairs[_i].a, "");
	auth_policy_block_t *b = parse(pairs[_i].b, "");

	ck_assert_int_eq(auth_policy_block_equals(a, b), pairs[_i].equal);
	ck_assert_int_eq(auth_policy_block_equals(b, a), pairs[_i].equal);
	options_unref(a);
	options_unref(b);
}
END_TEST

START_TEST(test_over)
{
	auth_policy_block_t *block = parse("id=a until=1970-01-02", "");

	ck_assert(!auth_policy_block_over(block, 86399));
	ck_assert(auth_policy_block_over(block, 86400));
	options_unref(block);
}
END_TEST

/**
 * Is an address in the set?
 */
static bool has(auth_policy_networks_t *networks, char *address)
{
	host_t *host = host_create_from_string(address, 0);
	bool found = auth_policy_networks_find(networks, host) >= 0;

	host->destroy(host);
	return found;
}

START_TEST(test_networks)
{
	static const char *const lines[] = {
		"address=192.0.2.64/26", "address=10.0.0.0/8", "address=10.1.0.0/16",
		"address=2001:db8::/32", "address=192.0.2.10-192.0.2.70",
		"address=0.0.0.0/8",
	};
	auth_policy_block_t *blocks[countof(lines)];
	auth_policy_networks_t *networks;
	array_t *list = array_create(0, 0);
	int i;

	networks = auth_policy_networks_create(NULL);
	ck_assert(!has(networks, "10.0.0.1"));
	auth_policy_networks_destroy(networks);
	for (i = 0; i < countof(lines); i++)
	{
		blocks[i] = parse(lines[i], "");
		array_insert(list, ARRAY_TAIL, blocks[i]->network);
	}
	networks = auth_policy_networks_create(list);
	ck_assert(has(networks, "10.0.0.0"));
	ck_assert(has(networks, "10.255.255.255"));
	ck_assert(has(networks, "10.2.0.0"));
	ck_assert(!has(networks, "11.0.0.0"));
	ck_assert(!has(networks, "9.255.255.255"));
	ck_assert(!has(networks, "192.0.2.9"));
	ck_assert(has(networks, "192.0.2.10"));
	ck_assert(has(networks, "192.0.2.127"));
	ck_assert(!has(networks, "192.0.2.128"));
	ck_assert(has(networks, "2001:db8:ffff::"));
	ck_assert(!has(networks, "2001:db9::"));
	ck_assert(!has(networks, "::1"));
	auth_policy_networks_destroy(networks);
	array_destroy(list);
	for (i = 0; i < countof(lines); i++)
	{
		options_unref(blocks[i]);
	}
}
END_TEST

/**
 * Assert what the file has.
 */
static void assert_file(const char *path, const char *expected)
{
	char text[1024] = "";
	struct stat st;
	FILE *file = fopen(path, "r");

	ck_assert(file);
	ck_assert(fread(text, 1, sizeof(text) - 1, file) < sizeof(text));
	fclose(file);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}

START_TEST(test_file)
{
	option_errors_t *errors = option_errors_create();
	auth_policy_block_t *alice = parse("id=alice", "");
	auth_policy_block_t *bob = parse("id=bob note=\"a b\"", "");
	array_t *list = array_create(0, 0), *blocks = array_create(0, 0);
	char folder[] = "/tmp/blocks.XXXXXX", path[64], new[64];
	FILE *file;

	ck_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/blocks", folder);
	snprintf(new, sizeof(new), "%s.new", path);
	ck_assert(!auth_policy_block_file_read(path, blocks, errors));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(errors->get_count(errors), 0);

	array_insert(list, ARRAY_TAIL, alice);
	ck_assert(auth_policy_block_file_change(path, NULL, list));
	assert_file(path, "id=alice\n");
	/* what an operator wrote stays, be it right or wrong */
	file = fopen(path, "a");
	fprintf(file, "# who left\n\nbroken\naddress=192.0.2.1");
	fclose(file);
	array_remove(list, ARRAY_TAIL, NULL);
	array_insert(list, ARRAY_TAIL, bob);
	ck_assert(auth_policy_block_file_change(path, NULL, list));
	assert_file(path, "id=alice\n# who left\n\nbroken\naddress=192.0.2.1\n"
				"id=bob note=\"a b\"\n");
	ck_assert(auth_policy_block_file_read(path, blocks, errors));
	ck_assert_int_eq(array_count(blocks), 3);
	ck_assert_int_eq(errors->get_count(errors), 2);
	ck_assert(auth_policy_block_file_change(path, list, NULL));
	assert_file(path, "id=alice\n# who left\n\nbroken\naddress=192.0.2.1\n");
	/* what can't be replaced stays as it is */
	ck_assert_int_eq(mkdir(new, 0700), 0);
	ck_assert(!auth_policy_block_file_change(path, NULL, list));
	assert_file(path, "id=alice\n# who left\n\nbroken\naddress=192.0.2.1\n");
	ck_assert(!auth_policy_block_file_read(folder, blocks, errors));
	ck_assert_int_eq(errors->get_count(errors), 3);

	rmdir(new);
	unlink(path);
	rmdir(folder);
	array_destroy_function(blocks, (array_callback_t)options_unref, NULL);
	array_destroy(list);
	options_unref(alice);
	options_unref(bob);
	errors->destroy(errors);
}
END_TEST

SUITE(auth_policy_block)
{
	Suite *s = suite_create("auth_policy_block");
	TCase *tc;

	tc = tcase_create("lines");
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);

	tc = tcase_create("whom");
	tcase_add_loop_test(tc, test_matches, 0, countof(people));
	tcase_add_loop_test(tc, test_equals, 0, countof(pairs));
	tcase_add_test(tc, test_over);
	tcase_add_test(tc, test_networks);
	suite_add_tcase(s, tc);

	tc = tcase_create("file");
	tcase_add_test(tc, test_file);
	suite_add_tcase(s, tc);

	return s;
}
