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
 * What clients of plugin control send. The first byte says whether the rest is
 * a stream of packets with their lengths, or a single packet without.
 */
void fuzz_control(chunk_t input);

/**
 * What the kernel sends on netlink sockets: any number of messages.
 */
void fuzz_netlink(chunk_t input);

/**
 * What helpers of plugin pcsc-token send: messages, each with two bytes of
 * length in front.
 */
void fuzz_pcsc_token(chunk_t input);

/**
 * A strongswan.conf with sections named as plugins.
 */
void fuzz_settings(chunk_t input);

/**
 * Attributes as a peer may send them, and records as they may be found on disk.
 * The first byte says what it is for. Attributes follow it, each as an index
 * into types, two bytes of length, and a value, which may be cut short by the
 * end.
 */
void fuzz_unity_ext(chunk_t input);

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
