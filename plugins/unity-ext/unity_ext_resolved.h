/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_resolved.h
 * Resolver settings of a link, in systemd-resolved.
 *
 * These block on D-Bus: not for bus hooks. They return NULL, or why they
 * failed, in a string that is valid until the next call of the same thread.
 */

#ifndef UNITY_EXT_RESOLVED_H_
#define UNITY_EXT_RESOLVED_H_

#include <library.h>

/**
 * Have names in some domains resolved by a link's servers. Other names aren't.
 *
 * @param interface	name of the link
 * @param servers	addresses, separated by spaces
 * @param domains	domains to resolve there, separated by spaces
 * @param search	domains to append to names without a dot as well, separated
 *					by spaces
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolved_set(const char *interface, const char *servers,
								   const char *domains, const char *search);

/**
 * Has a link servers or domains, set by DHCP or somebody else?
 *
 * @param interface	name of the link
 * @param used		set to the answer
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolved_used(const char *interface, bool *used);

/**
 * Remove all settings of a link that didn't come from its configuration. No
 * failure if the link is gone.
 *
 * @param interface	name of the link
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolved_revert(const char *interface);

#endif /** UNITY_EXT_RESOLVED_H_ */
