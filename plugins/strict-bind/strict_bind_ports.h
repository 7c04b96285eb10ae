/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file strict_bind_ports.h
 * The two UDP ports that charon uses on each address.
 */

#ifndef STRICT_BIND_PORTS_H_
#define STRICT_BIND_PORTS_H_

#include <library.h>

typedef struct strict_bind_ports_t strict_bind_ports_t;

struct strict_bind_ports_t {
	/** charon.port */
	uint16_t ike;
	/** charon.port_nat_t */
	uint16_t natt;
};

/**
 * Read charon.port and charon.port_nat_t.
 *
 * @param settings	where to read them from
 * @param ns		section that has them
 * @param ports		gets the ports, 0 for a random one
 * @return			FALSE if one is invalid or both are the same, after logging
 *					a line for each error
 */
bool strict_bind_ports_load(settings_t *settings, const char *ns,
							strict_bind_ports_t *ports);

/**
 * Replace ports that are 0 by ones that are free on all addresses.
 *
 * Core has to know the ports before the first address may be there, so the
 * choice can't wait for a socket. Nothing keeps the ports from being taken by
 * somebody else before they are bound.
 *
 * @param ports		ports to choose
 * @return			FALSE if there is none, after logging a line
 */
bool strict_bind_ports_choose(strict_bind_ports_t *ports);

#endif /** STRICT_BIND_PORTS_H_ */
