/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <unity_ext_journal.h>
#include <unity_ext_record.h>

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/** directory of the journal, created for each test */
static char dir[PATH_MAX];

static void setup()
{
	char base[] = "/tmp/unity-ext.XXXXXX";

	ck_assert(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/a/b", base);
}

static void teardown()
{
	char cmd[PATH_MAX + 32];

	*strrchr(dir, '/') = '\0';
	*strrchr(dir, '/') = '\0';
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	ck_assert_int_eq(system(cmd), 0);
}

/**
 * A record with a value in each field.
 */
static unity_ext_record_t *create(uint32_t id)
{
	unity_ext_record_t *record = unity_ext_record_create();
	char value[32];
	u_int i;

	for (i = 0; i < UNITY_EXT_TEXTS; i++)
	{
		snprintf(value, sizeof(value), "value=%u \"x\"", i);
		unity_ext_record_set(&record->texts[i], value);
	}
	record->method = UNITY_EXT_RESOLVCONF;
	record->own_interface = TRUE;
	record->id = id;
	return record;
}

static void check_equal(unity_ext_record_t *a, unity_ext_record_t *b)
{
	u_int i;

	ck_assert_int_eq(a->method, b->method);
	ck_assert(a->own_interface == b->own_interface);
	ck_assert_uint_eq(a->id, b->id);
	for (i = 0; i < UNITY_EXT_TEXTS; i++)
	{
		ck_assert_str_eq(a->texts[i], b->texts[i]);
	}
}

static void free_records(linked_list_t *records)
{
	records->destroy_function(records, (void*)unity_ext_record_destroy);
}

/**
 * Write a file to the journal.
 */
static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[PATH_MAX + 32];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	ck_assert(file != NULL);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(test_control_characters)
{
	unity_ext_record_t *record = unity_ext_record_create();

	unity_ext_record_set(&record->connection, "a\nUNITY_PROGRAM=/x");
	ck_assert_str_eq(record->connection, "a?UNITY_PROGRAM=/x");
	unity_ext_record_append(&record->dns, "1");
	unity_ext_record_append(&record->dns, "");
	unity_ext_record_append(&record->dns, "2");
	ck_assert_str_eq(record->dns, "1 2");
	unity_ext_record_destroy(record);
}
END_TEST

START_TEST(test_env)
{
	static const char *expected[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "UNITY_ACTION=up",
		"UNITY_METHOD=resolvconf", "UNITY_ID=7", "UNITY_OWN_INTERFACE=yes",
		"UNITY_PROGRAM=value=0 \"x\"", "UNITY_INTERFACE=value=1 \"x\"",
		"UNITY_CONNECTION=value=2 \"x\"", "UNITY_VIRTUAL_IPS=value=3 \"x\"",
		"UNITY_DNS=value=4 \"x\"", "UNITY_DOMAINS=value=5 \"x\"",
		"UNITY_DEFAULT_DOMAIN=value=6 \"x\"",
	};
	unity_ext_record_t *record = create(7);
	char **env = unity_ext_record_env(record, "up");
	int i;

	for (i = 0; i < countof(expected); i++)
	{
		ck_assert_str_eq(env[i], expected[i]);
	}
	ck_assert(!env[i]);
	unity_ext_record_freeenv(env);
	unity_ext_record_destroy(record);
}
END_TEST

START_TEST(test_journal)
{
	unity_ext_record_t *one = create(1), *two = create(2), *found, *copy;
	linked_list_t *records, *others;
	char path[PATH_MAX + 32];
	bool wait;
	int i;

	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 0);
	free_records(records);

	ck_assert(!unity_ext_journal_add(dir, one));
	ck_assert(!unity_ext_journal_add(dir, two));
	unity_ext_journal_remove(one);
	unity_ext_journal_remove(one);
	/* whoever wrote it is there: it isn't touched */
	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 0);
	ck_assert(!wait);
	free_records(records);
	/* something goes on: nothing is touched, whoever asks */
	write_file("3", "UNITY_ID=3\nEND\n", 0600);
	unity_ext_journal_leave(two);
	for (i = 0; i < 2; i++)
	{
		records = unity_ext_journal_read(dir, &wait);
		ck_assert_int_eq(records->get_count(records), 0);
		ck_assert(wait);
		free_records(records);
	}
	snprintf(path, sizeof(path), "%s/3", dir);
	ck_assert_int_eq(unlink(path), 0);
	copy = create(2);
	unity_ext_record_destroy(two);
	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 1);
	ck_assert_int_eq(records->get_first(records, (void**)&found), SUCCESS);
	check_equal(found, copy);
	/* and now it is ours */
	others = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(others->get_count(others), 0);
	free_records(others);
	unity_ext_journal_remove(found);
	free_records(records);
	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 0);
	free_records(records);

	unity_ext_record_destroy(one);
	unity_ext_record_destroy(copy);
}
END_TEST

/**
 * Number of files in a directory.
 */
static int count_files(const char *path)
{
	enumerator_t *enumerator = enumerator_create_directory(path);
	int count = 0;

	while (enumerator->enumerate(enumerator, NULL, NULL, NULL))
	{
		count++;
	}
	enumerator->destroy(enumerator);
	return count;
}

START_TEST(test_journal_move)
{
	unity_ext_record_t *one = create(1), *same = create(1);
	char other[PATH_MAX + 2];

	/* other daemons have the same numbers */
	ck_assert(!unity_ext_journal_add(dir, one));
	ck_assert(!unity_ext_journal_add(dir, same));
	ck_assert_int_eq(count_files(dir), 2);
	/* again, elsewhere, and where it can't be */
	ck_assert(!unity_ext_journal_add(dir, one));
	ck_assert_int_eq(count_files(dir), 2);
	snprintf(other, sizeof(other), "%s2", dir);
	ck_assert(!unity_ext_journal_add(other, one));
	ck_assert_int_eq(count_files(dir), 1);
	ck_assert_int_eq(count_files(other), 1);
	ck_assert(unity_ext_journal_add("/proc/nowhere", one));
	ck_assert_int_eq(count_files(other), 1);
	unity_ext_record_destroy(one);
	unity_ext_record_destroy(same);
}
END_TEST

START_TEST(test_journal_unwritable)
{
	unity_ext_record_t *record = create(1);

	ck_assert_str_eq(unity_ext_journal_add("/proc/nowhere", record),
					 "No such file or directory");
	/* whoever may not even create files there isn't its owner */
	ck_assert_str_eq(unity_ext_journal_add("/proc", record), geteuid() ?
					 "others may write to the directory" : "can't write to it");
	unity_ext_record_destroy(record);
}
END_TEST

/** what isn't a record that we wrote */
static struct {
	const char *name;
	const char *text;
	mode_t mode;
} foreign[] = {
	{ "1", "", 0600 },
	{ "1", "UNITY_ID=1\n", 0600 },
	{ "1", "UNITY_ID=1\nEN", 0600 },
	{ "1", "UNITY_ID=2\nEND\n", 0600 },
	{ "12", "UNITY_ID=1\nEND\n", 0600 },
	{ "1", "UNITY_ID=\nEND\n", 0600 },
	{ "1", "nonsense\n=\n\nEND\n", 0600 },
	{ "1", "UNITY_ID=1\nEND\n", 0622 },
	{ "1", "UNITY_ID=1\nEND\n", 0660 },
};

START_TEST(test_journal_foreign)
{
	linked_list_t *records;
	bool wait;

	ck_assert(mkdir_p(dir, 0700));
	write_file(foreign[_i].name, foreign[_i].text, foreign[_i].mode);
	write_file("5", "UNITY_ID=5\nUNITY_OTHER=1\nEND\n", 0600);
	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 1);
	free_records(records);
}
END_TEST

START_TEST(test_journal_symlink)
{
	char path[PATH_MAX + 32], target[PATH_MAX + 32];
	unity_ext_record_t *record = create(1);
	linked_list_t *records;
	struct stat st;
	bool wait;

	ck_assert(mkdir_p(dir, 0700));
	snprintf(path, sizeof(path), "%s/1", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert(!unity_ext_journal_add(dir, record));
	ck_assert_int_ne(stat(target, &st), 0);
	write_file("target", "UNITY_ID=1\nEND\n", 0600);
	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 0);
	free_records(records);
	unity_ext_record_destroy(record);
}
END_TEST

START_TEST(test_journal_of_others)
{
	unity_ext_record_t *record = create(1);
	linked_list_t *records;
	bool wait;

	ck_assert(mkdir_p(dir, 0700));
	write_file("1", "UNITY_ID=1\nEND\n", 0600);
	/* as /tmp is */
	ck_assert_int_eq(chmod(dir, 01777), 0);
	log_capture();
	records = unity_ext_journal_read(dir, &wait);
	ck_assert(strstr(log_captured(), "unity-ext: others may write to '"));
	ck_assert_int_eq(records->get_count(records), 0);
	free_records(records);
	ck_assert_str_eq(unity_ext_journal_add(dir, record),
					 "others may write to the directory");
	/* it isn't gone either */
	ck_assert_int_eq(chmod(dir, 0700), 0);
	records = unity_ext_journal_read(dir, &wait);
	ck_assert_int_eq(records->get_count(records), 1);
	free_records(records);
	unity_ext_record_destroy(record);
}
END_TEST

SUITE(unity_ext_record)
{
	Suite *s = suite_create("unity_ext_record");
	TCase *tc;

	tc = tcase_create("record");
	tcase_add_test(tc, test_control_characters);
	tcase_add_test(tc, test_env);
	suite_add_tcase(s, tc);

	tc = tcase_create("journal");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_journal);
	tcase_add_test(tc, test_journal_move);
	tcase_add_test(tc, test_journal_unwritable);
	tcase_add_loop_test(tc, test_journal_foreign, 0, countof(foreign));
	tcase_add_test(tc, test_journal_symlink);
	tcase_add_test(tc, test_journal_of_others);
	suite_add_tcase(s, tc);
	return s;
}
