/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @file bypass_number.h
 * Ports as the kernel's policies match them.
 */

#ifndef BYPASS_NUMBER_H_
#define BYPASS_NUMBER_H_

#include <protocol.h>

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
 * Split a range of ports into blocks.
 *
 * @param blocks	gets BYPASS_PORT_BLOCKS_MAX blocks at the most
 * @return			number of blocks
 */
u_int bypass_ports_split(port_range_t ports, bypass_port_block_t *blocks);

#endif /** BYPASS_NUMBER_H_ */
