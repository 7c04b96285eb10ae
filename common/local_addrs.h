/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file local_addrs.h
 * Interfaces of this machine and their addresses.
 */

#ifndef LOCAL_ADDRS_H_
#define LOCAL_ADDRS_H_

#include <library.h>
#include <collections/array.h>

#include <net/if.h>

typedef struct local_addr_t local_addr_t;

/**
 * An interface with one of its addresses, or without, each interface once
 * more.
 */
struct local_addr_t {
	/** name of the interface that has the index, never an address's label,
	 * which getifaddrs() takes for a name, and which may be any text */
	char ifname[IF_NAMESIZE];
	int ifindex;
	/** IFF_* */
	u_int flags;
	/** index of the VRF that the interface is in or is, 0 if there is none */
	int vrf;
	/** AF_INET or AF_INET6, 0 if this is the interface alone */
	uint8_t family;
	/** bits of the peer's address that are the subnet's */
	uint8_t len;
	/** network order */
	uint8_t addr[16];
	/** address of the other end, the same as addr if there is none */
	uint8_t peer[16];
};

/**
 * Ask the kernel for all of them.
 *
 * @return			array of local_addr_t, interfaces first; NULL if that
 *					failed, errno is set
 */
array_t *local_addrs_read(void);

#endif /** LOCAL_ADDRS_H_ */
