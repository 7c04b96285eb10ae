/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_links.h
 * The host's interfaces and their addresses.
 */

#ifndef BYPASS_LINKS_H_
#define BYPASS_LINKS_H_

#include "bypass_prefix.h"

#include <collections/array.h>
#include <net/if.h>

typedef struct bypass_link_t bypass_link_t;

/**
 * An interface with one of its addresses, or without one.
 */
struct bypass_link_t {
	char ifname[IF_NAMESIZE];
	int ifindex;
	/** IFF_* */
	u_int flags;
	/** the address, with the length of a host; family is 0 if there is none */
	bypass_prefix_t addr;
	/** the subnet it is in */
	bypass_prefix_t subnet;
};

/**
 * Read interfaces and addresses from the kernel.
 *
 * @return			array of bypass_link_t, NULL if that failed
 */
array_t *bypass_links_read(void);

#endif /** BYPASS_LINKS_H_ */
