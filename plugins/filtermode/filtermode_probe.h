/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file filtermode_probe.h
 * Finds out what a kernel lacks that refuses a ruleset.
 */

#ifndef FILTERMODE_PROBE_H_
#define FILTERMODE_PROBE_H_

#include "filtermode_nft.h"

/**
 * What to say if nftables isn't for us.
 */
#define FILTERMODE_NO_PERMISSION \
	"no permission to use nftables, which takes CAP_NET_ADMIN"

/**
 * Try everything that we use, one by one, each in a transaction that removes
 * what it added.
 *
 * @param buf		gets what is missing
 * @param len		size of buf
 * @return			FALSE if nothing is missing
 */
bool filtermode_probe(filtermode_nft_t *nft, char *buf, size_t len);

#endif /** FILTERMODE_PROBE_H_ */
