/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file fuzz.h
 * Fuzz targets: each takes an input and ends the process if something doesn't
 * hold. Linked with libFuzzer by tests/fuzz/run, and with the unit tests, which
 * replay the corpora.
 */

#ifndef FUZZ_H_
#define FUZZ_H_

#include <library.h>

/**
 * A target, which has a corpus of the same name.
 */
typedef void (*fuzz_target_t)(chunk_t input);

/**
 * Called by each target of a program before main().
 *
 * @param name		name of the target, with underscores
 * @param target	the target
 */
void fuzz_add(const char *name, fuzz_target_t target);

/**
 * Define a target: FUZZ(name)(chunk_t input) { ... }
 */
#define FUZZ(name) \
	static void fuzz_##name(chunk_t input); \
	static void __attribute__((constructor)) add_##name(void) \
	{ \
		fuzz_add(#name, fuzz_##name); \
	} \
	static void fuzz_##name

/**
 * Stop if something doesn't hold, also in builds without assertions.
 */
static inline void fuzz_require(bool holds)
{
	if (!holds)
	{
		abort();
	}
}

#endif /** FUZZ_H_ */
