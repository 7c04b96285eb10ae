/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file protocol.h
 * Protocols and ports as they are written in options.
 */

#ifndef PROTOCOL_H_
#define PROTOCOL_H_

#include <library.h>

typedef struct port_range_t port_range_t;

/**
 * A range of ports in host order.
 */
struct port_range_t {
	uint16_t from;
	uint16_t to;
};

/**
 * Parse the name or number of a protocol.
 *
 * @return			protocol, 0 if it isn't known
 */
uint8_t protocol_parse(const char *str);

/**
 * Does a protocol have ports?
 */
bool protocol_has_ports(uint8_t protocol);

/**
 * Parse a port from 1 on, or a range of them: 53, 8000-8080.
 *
 * @return			FALSE if it is neither or reversed
 */
bool port_range_parse(const char *str, port_range_t *ports);

#endif /** PROTOCOL_H_ */
