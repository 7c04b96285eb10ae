/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What libFuzzer calls: FUZZ_TARGET, one of those in fuzz.h.
 */

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

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
	FUZZ_TARGET(chunk_create((u_char*)data, len));
	return 0;
}
