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

#include <library.h>
#include <networking/tun_device.h>

#include <linux/netlink.h>

/**
 * Find a name for an interface that no other has: other processes in this
 * network namespace have tunnels with the same numbers.
 *
 * @param number	number to have in it if it can be, or a greater one
 * @param buf		gets the name, as long as one may be
 * @param len		length of buf
 */
void unity_ext_link_name(uint32_t number, char *buf, size_t len);

/**
 * Does a change of interfaces, addresses, routes or rules call for a repair, as
 * it may be others' that undoes ours? Parameter of link_monitor_create().
 */
bool unity_ext_link_matters(void *unused, struct nlmsghdr *hdr);

/**
 * Set up once more what others may have undone: networkd removes rules,
 * addresses and routes that aren't its own.
 *
 * @param name		name of the interface
 * @param link		interface
 * @param vips		virtual IPs
 * @return			FALSE if the interface itself is gone
 */
bool unity_ext_link_repair(const char *name, tun_device_t *link,
						   const char *vips);

/**
 * Create an interface and set it up.
 *
 * @param name		name of the interface
 * @param vips		virtual IPs to send packets from that leave by it, separated
 *					by spaces
 * @param reason	set to why it failed, static
 * @return			interface, NULL if that failed
 */
tun_device_t *unity_ext_link_create(const char *name, const char *vips,
									const char **reason);

/**
 * Remove an interface and what belongs to it. Somebody else's by that name is
 * left alone.
 *
 * @param name		name of the interface
 * @param link		interface, NULL if it is gone, with an earlier process
 */
void unity_ext_link_destroy(const char *name, tun_device_t *link);

#endif /** UNITY_EXT_LINK_H_ */
