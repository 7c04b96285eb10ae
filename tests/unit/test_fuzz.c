/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <fuzz.h>

/**
 * The fuzz targets that are linked, and their number.
 */
static struct {
	const char *name;
	fuzz_target_t run;
} targets[32];
static u_int count;

void fuzz_add(const char *name, fuzz_target_t target)
{
	if (count == countof(targets))
	{
		abort();
	}
	targets[count].name = name;
	targets[count++].run = target;
}

START_TEST(test_corpus)
{
	enumerator_t *enumerator;
	chunk_t *data;
	char dir[BUF_LEN], *path;
	u_int files = 0;

	snprintf(dir, sizeof(dir), TOP_SRCDIR "/tests/fuzz/corpus/%s",
			 targets[_i].name);
	translate(dir + strlen(dir) - strlen(targets[_i].name), "_", "-");
	enumerator = enumerator_create_directory(dir);
	ck_assert_msg(enumerator != NULL, "can't open %s", dir);
	while (enumerator->enumerate(enumerator, NULL, &path, NULL))
	{
		data = chunk_map(path, FALSE);
		/* none of the files is empty */
		ck_assert_msg(data != NULL, "can't read %s", path);
		targets[_i].run(*data);
		chunk_unmap(data);
		files++;
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_gt(files, 0);
}
END_TEST

SUITE(fuzz)
{
	Suite *s = suite_create("fuzz");
	TCase *tc;

	tc = tcase_create("corpus");
	tcase_add_loop_test(tc, test_corpus, 0, count);
	suite_add_tcase(s, tc);
	return s;
}
