/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_number.h"

#include <arpa/inet.h>

u_int bypass_ports_split(port_range_t ports, bypass_port_block_t *blocks)
{
	uint32_t next, size;
	u_int count = 0;

	for (next = ports.from; next <= ports.to; next += size)
	{
		size = 1;
		while (size <= UINT16_MAX && !(next & size) &&
			   next + 2 * size - 1 <= ports.to)
		{
			size *= 2;
		}
		blocks[count++] = (bypass_port_block_t){
			.port = htons(next),
			.mask = htons(~(size - 1)),
		};
	}
	return count;
}
