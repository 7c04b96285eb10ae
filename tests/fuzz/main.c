/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What libFuzzer calls: the one target that is linked.
 */

#include "fuzz.h"

static fuzz_target_t fuzz_target;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

void fuzz_add(const char *name, fuzz_target_t target)
{
	fuzz_target = target;
}

/*
 * Described in libFuzzer's documentation
 */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	library_init("", "fuzz");
	dbg_default_set_level(LEVEL_SILENT);
	return 0;
}

/*
 * Described in libFuzzer's documentation
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_target(chunk_create((u_char*)data, len));
	return 0;
}
