/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_resolved.h
 * Resolver settings of a link, in systemd-resolved.
 *
 * All of this but is_alive() blocks on D-Bus: not for bus hooks. Functions
 * return NULL, or why they failed, in a string that is valid until the next
 * call of the same thread.
 */

#ifndef UNITY_EXT_RESOLVED_H_
#define UNITY_EXT_RESOLVED_H_

#include "unity_ext_record.h"

typedef struct unity_ext_resolved_t unity_ext_resolved_t;

/**
 * Notices that systemd-resolved was started: it has forgotten everything then,
 * and tells nobody.
 */
struct unity_ext_resolved_t {

	/**
	 * Is the connection to D-Bus alive? If not, what is said is unknown.
	 */
	bool (*is_alive)(unity_ext_resolved_t *this);

	/**
	 * Close it. Not for the callback.
	 */
	void (*destroy)(unity_ext_resolved_t *this);
};

/**
 * Connect to D-Bus and watch.
 *
 * @param changed		called when systemd-resolved was started, or the
 *						connection is lost; must not block
 * @param data			passed to changed
 * @param stop			as below
 * @return				NULL if there is no D-Bus
 */
unity_ext_resolved_t *unity_ext_resolved_create(void (*changed)(void *data),
												void *data,
												const volatile bool *stop);

/**
 * Have names in a record's domains, and its default domain, resolved by its
 * servers on its interface. Other names aren't.
 *
 * @param record	record; its default domain may be a list
 * @param stop		set by others once charon stops: what waits then gives up,
 *					and what is called then doesn't wait for long
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolved_set(const unity_ext_record_t *record,
								   const volatile bool *stop);

/**
 * Has a link servers or domains, set by DHCP or somebody else?
 *
 * @param interface	name of the link
 * @param used		set to the answer
 * @param stop		as above
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolved_used(const char *interface, bool *used,
									const volatile bool *stop);

/**
 * Remove all settings of a link that didn't come from its configuration. No
 * failure if the link is gone.
 *
 * @param interface	name of the link
 * @param stop		as above
 * @return			NULL, or why it failed
 */
const char *unity_ext_resolved_revert(const char *interface,
									  const volatile bool *stop);

#endif /** UNITY_EXT_RESOLVED_H_ */
