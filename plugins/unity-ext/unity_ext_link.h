/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_link.h
 * Network interfaces for resolver settings.
 *
 * systemd-resolved knows servers and domains by link, and sends queries out of
 * that link. A policy-based tunnel has none. So it gets an interface, and those
 * who send packets out of that have them sent from the tunnel's virtual IP: the
 * tunnel's policy applies before the packet gets to the interface. Nobody
 * else's routes change, whatever addresses a gateway has for its servers.
 *
 * It is a TUN device that nobody reads from, rather than a dummy: most kernels
 * have it, and it is gone with the process, however that ends. The virtual IP
 * itself isn't on it, as charon would take it for an address of the machine.
 */

#ifndef UNITY_EXT_LINK_H_
#define UNITY_EXT_LINK_H_

#include "unity_ext_record.h"

#include <linux/netlink.h>

/**
 * Find a name for the interface of a record that no other has: other processes
 * in this network namespace have tunnels with the same numbers.
 *
 * @param record	record without an interface, gets the name
 */
void unity_ext_link_name(unity_ext_record_t *record);

/**
 * Does a change of interfaces, addresses, routes or rules call for a repair, as
 * it may be others' that undoes ours? Parameter of link_monitor_create().
 */
bool unity_ext_link_matters(void *unused, struct nlmsghdr *hdr);

/**
 * Set up once more what others may have undone: networkd removes rules,
 * addresses and routes that aren't its own.
 *
 * @param record	record with an interface
 * @return			FALSE if the interface itself is gone
 */
bool unity_ext_link_repair(unity_ext_record_t *record);

/**
 * Create an interface and set it up. Packets that leave by it are sent from the
 * record's virtual IPs.
 *
 * @param record	record with a name for it
 * @return			NULL, or why it failed; it has to be destroyed either way
 */
const char *unity_ext_link_create(unity_ext_record_t *record);

/**
 * Remove the interface and what belongs to it, also if it is gone, with an
 * earlier process. Somebody else's by that name is left alone.
 *
 * @param record	record
 */
void unity_ext_link_destroy(unity_ext_record_t *record);

#endif /** UNITY_EXT_LINK_H_ */
