/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <fuzz.h>

/**
 * The fuzz targets, each with its corpus.
 */
static struct {
	const char *corpus;
	void (*target)(chunk_t input);
} targets[] = {
#ifdef WITH_CONTROL
	{ "control", fuzz_control },
#endif
	{ "netlink", fuzz_netlink },
#ifdef WITH_PCSC_TOKEN
	{ "pcsc-token", fuzz_pcsc_token },
#endif
	{ "settings", fuzz_settings },
#ifdef WITH_UNITY_EXT
	{ "unity-ext", fuzz_unity_ext },
#endif
};

START_TEST(test_corpus)
{
	enumerator_t *enumerator;
	chunk_t *data;
	char dir[BUF_LEN], *path;
	u_int count = 0;

	snprintf(dir, sizeof(dir), TOP_SRCDIR "/tests/fuzz/corpus/%s",
			 targets[_i].corpus);
	enumerator = enumerator_create_directory(dir);
	ck_assert_msg(enumerator != NULL, "can't open %s", dir);
	while (enumerator->enumerate(enumerator, NULL, &path, NULL))
	{
		data = chunk_map(path, FALSE);
		/* none of the files is empty */
		ck_assert_msg(data != NULL, "can't read %s", path);
		targets[_i].target(*data);
		chunk_unmap(data);
		count++;
	}
	enumerator->destroy(enumerator);
	ck_assert_uint_gt(count, 0);
}
END_TEST

Suite *fuzz_suite_create()
{
	Suite *s = suite_create("fuzz");
	TCase *tc;

	tc = tcase_create("corpus");
	tcase_add_loop_test(tc, test_corpus, 0, countof(targets));
	suite_add_tcase(s, tc);
	return s;
}
