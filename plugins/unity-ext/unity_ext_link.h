/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_link.h
 * Network interfaces for resolver settings.
 *
 * systemd-resolved knows servers and domains by link, and sends queries out of
 * that link. A policy-based tunnel has none. A dummy interface that has the
 * tunnel's virtual IP serves: what is routed to it has the right source
 * address, so the tunnel's policy applies before the packet is dropped there.
 */

#ifndef UNITY_EXT_LINK_H_
#define UNITY_EXT_LINK_H_

#include <library.h>

/**
 * Create a dummy interface and set it up.
 *
 * @param name		name of the interface
 * @param ips		addresses to add to it, separated by spaces
 * @return			NULL, or why it failed, static; nothing is left then
 */
const char *unity_ext_link_add(const char *name, const char *ips);

/**
 * Delete an interface, if it is there.
 *
 * @param name		name of the interface
 * @return			NULL, or why it failed, static
 */
const char *unity_ext_link_del(const char *name);

#endif /** UNITY_EXT_LINK_H_ */
