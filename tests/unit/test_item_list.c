/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <item_list.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * Folder with the files of a test.
 */
static char dir[] = "/tmp/item-list-XXXXXX";

static void make_file(const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	ck_assert(file != NULL);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static void setup()
{
	char path[128];

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert(mkdtemp(dir) != NULL);
#define FILE_OF(name, text) make_file(name, text, sizeof(text) - 1)
	FILE_OF("nets", "# ours\n10.1.0.0/16\n\n \t10.2.0.0/16 # branch\r\n#\n"
			"10.3.0.1-10.3.0.9");
	FILE_OF("bom", "\xef\xbb\xbf" "10.1.0.0/16\r\n10.2.0.0/16\r\n");
	FILE_OF("comment", "# nothing\n\n");
	FILE_OF("empty", "");
	FILE_OF("nested", "@/etc/passwd\n10.1.0.0/16, 10.2.0.0/16\n");
#undef FILE_OF
	snprintf(path, sizeof(path), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void teardown()
{
	static const char *const names[] = { "nets", "bom", "comment", "empty",
										 "nested", "fifo" };
	char path[128];
	int i;

	for (i = 0; i < countof(names); i++)
	{
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

/**
 * Append an item, and where it is from, but the folder.
 */
static void note(void *data, char *item, const char *where)
{
	char *out = data;

	sprintf(out + strlen(out), "[%s]%s", item,
			where ? where + strlen(dir) : "");
}

/**
 * Replace each $ in a text by the folder.
 */
static char *place(const char *text, char buf[BUF_LEN])
{
	char *pos = buf;

	for (; *text; text++)
	{
		pos += *text == '$' ? sprintf(pos, "%s", dir)
							: sprintf(pos, "%c", *text);
	}
	*pos = '\0';
	return buf;
}

#define EXPECTED ", expected a file with an item a line"

static const struct {
	char *list;
	char *items;
	char *error;
} cases[] = {
	{ "a", "[a]", NULL },
	{ " a ,b/c ,, d", "[a][b/c][][d]", NULL },
	{ "", "[]", NULL },
	{ "@$/nets", "[10.1.0.0/16]/nets:2[10.2.0.0/16]/nets:4"
	  "[10.3.0.1-10.3.0.9]/nets:6", NULL },
	{ "a, @$/bom, b", "[a][10.1.0.0/16]/bom:1[10.2.0.0/16]/bom:2[b]", NULL },
	/* a file is one list: nothing in it stands for another */
	{ "@$/nested", "[@/etc/passwd]/nested:1"
	  "[10.1.0.0/16, 10.2.0.0/16]/nested:2", NULL },
	/* not an absolute path, so the plugin has to like it */
	{ "@nets", "[@nets]", NULL },
	{ "a, @$/comment", "[a]",
	  "key = \"@$/comment\": it has no items" EXPECTED },
	{ "@$/empty", "", "key = \"@$/empty\": it has no items" EXPECTED },
	{ "@$/missing, a", "[a]",
	  "key = \"@$/missing\": No such file or directory" EXPECTED },
	{ "@$", "", "key = \"@$\": not a regular file of at most 64 MiB"
	  EXPECTED },
	/* nobody writes to it, so that a blocking open() would never end */
	{ "@$/fifo", "", "key = \"@$/fifo\": not a regular file of at most 64 MiB"
	  EXPECTED },
};

START_TEST(test_parse)
{
	option_errors_t *errors = option_errors_create();
	char items[BUF_LEN] = "", list[BUF_LEN], error[BUF_LEN], *line = NULL;
	enumerator_t *enumerator;

	item_list_parse(place(cases[_i].list, list), errors, "key", note, items);
	ck_assert_str_eq(items, cases[_i].items);
	enumerator = errors->create_enumerator(errors);
	if (enumerator->enumerate(enumerator, &line))
	{
		ck_assert(cases[_i].error != NULL);
		ck_assert_str_eq(line, place(cases[_i].error, error));
	}
	else
	{
		ck_assert(cases[_i].error == NULL);
	}
	enumerator->destroy(enumerator);
	errors->destroy(errors);
}
END_TEST

SUITE(item_list)
{
	Suite *s = suite_create("item_list");
	TCase *tc;

	tc = tcase_create("parse");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_parse, 0, countof(cases));
	suite_add_tcase(s, tc);
	return s;
}
