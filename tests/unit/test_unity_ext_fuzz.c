/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#define CORPUS TOP_SRCDIR "/tests/fuzz/corpus/unity-ext"

/**
 * The fuzz target, in tests/fuzz.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

START_TEST(test_corpus)
{
	enumerator_t *enumerator;
	chunk_t *data;
	char *path;
	u_int count = 0;

	enumerator = enumerator_create_directory(CORPUS);
	ck_assert_msg(enumerator != NULL, "can't open " CORPUS);
	while (enumerator->enumerate(enumerator, NULL, &path, NULL))
	{
		data = chunk_map(path, FALSE);
		/* none of the files is empty */
		ck_assert_msg(data != NULL, "can't read %s", path);
		LLVMFuzzerTestOneInput(data->ptr, data->len);
		chunk_unmap(data);
		count++;
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_gt(count, 0);
}
END_TEST

Suite *unity_ext_fuzz_suite_create()
{
	Suite *s = suite_create("unity_ext_fuzz");
	TCase *tc;

	tc = tcase_create("corpus");
	tcase_add_test(tc, test_corpus);
	suite_add_tcase(s, tc);
	return s;
}
