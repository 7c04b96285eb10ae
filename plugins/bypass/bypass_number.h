/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_number.h
 * Numbers in a rule: lengths, protocols and ports.
 */

#ifndef BYPASS_NUMBER_H_
#define BYPASS_NUMBER_H_

#include <library.h>

typedef struct bypass_ports_t bypass_ports_t;

/**
 * A range of ports in host order.
 */
struct bypass_ports_t {
	uint16_t from;
	uint16_t to;
};

/**
 * Ports that have some bits in common, which is what the kernel matches; both
 * in network order.
 */
typedef struct {
	uint16_t port;
	uint16_t mask;
} bypass_port_block_t;

/**
 * Largest number of blocks that a range may consist of.
 */
#define BYPASS_PORT_BLOCKS_MAX 30

/**
 * Parse a decimal number: digits only.
 *
 * @param max		largest number
 * @return			FALSE if it isn't one, or larger
 */
bool bypass_number_parse(const char *str, uint32_t max, uint32_t *number);

/**
 * Parse the name or number of a protocol.
 *
 * @return			protocol, 0 if it isn't known
 */
uint8_t bypass_protocol_parse(const char *str);

/**
 * Does a protocol have ports that the kernel's policies match?
 */
bool bypass_protocol_has_ports(uint8_t protocol);

/**
 * Parse a port or a range of them: 53, 8000-8080.
 *
 * @return			FALSE if it is neither or reversed
 */
bool bypass_ports_parse(const char *str, bypass_ports_t *ports);

/**
 * Split a range of ports into blocks.
 *
 * @param blocks	gets BYPASS_PORT_BLOCKS_MAX blocks at the most
 * @return			number of blocks
 */
u_int bypass_ports_split(bypass_ports_t ports, bypass_port_block_t *blocks);

#endif /** BYPASS_NUMBER_H_ */
