/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file unity_ext_bus.h
 * Notices that systemd-resolved was started: it has forgotten everything then,
 * and tells nobody.
 */

#ifndef UNITY_EXT_BUS_H_
#define UNITY_EXT_BUS_H_

#include <library.h>

typedef struct unity_ext_bus_t unity_ext_bus_t;

/**
 * A connection to D-Bus.
 */
struct unity_ext_bus_t {

	/**
	 * Is the connection alive? If not, what is said is unknown.
	 */
	bool (*is_alive)(unity_ext_bus_t *this);

	/**
	 * Close it. Not for the callback.
	 */
	void (*destroy)(unity_ext_bus_t *this);
};

/**
 * Connect. Blocks: not for bus hooks.
 *
 * @param changed		called when systemd-resolved was started, or the
 *						connection is lost; must not block
 * @param data			passed to changed
 * @return				NULL if there is no D-Bus
 */
unity_ext_bus_t *unity_ext_bus_create(void (*changed)(void *data), void *data);

#endif /** UNITY_EXT_BUS_H_ */
