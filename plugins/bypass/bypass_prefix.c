/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_prefix.h"

#include <arpa/inet.h>

/**
 * Mask of the bits of a byte that belong to the network.
 */
static uint8_t byte_mask(u_int len, size_t byte)
{
	if (len <= byte * 8)
	{
		return 0;
	}
	return len >= byte * 8 + 8 ? 0xff : 0xff << (byte * 8 + 8 - len);
}

bool bypass_prefix_normalise(bypass_prefix_t *prefix)
{
	bool cleared = FALSE;
	uint8_t mask;
	size_t i;

	for (i = 0; i < sizeof(prefix->addr); i++)
	{
		mask = byte_mask(prefix->len, i);
		cleared |= (prefix->addr[i] & ~mask) != 0;
		prefix->addr[i] &= mask;
	}
	return cleared;
}

bool bypass_prefix_contains(const bypass_prefix_t *prefix,
							const bypass_prefix_t *other)
{
	bypass_prefix_t masked = *other;

	if (masked.len < prefix->len)
	{
		return FALSE;
	}
	masked.len = prefix->len;
	bypass_prefix_normalise(&masked);
	return memeq(&masked, prefix, sizeof(masked));
}

bool bypass_prefix_is_link_local(const bypass_prefix_t *prefix)
{
	static const bypass_prefix_t local = {
		.family = AF_INET6, .len = 10, .addr = { 0xfe, 0x80 },
	};

	return bypass_prefix_contains(&local, prefix);
}

/**
 * Set all bits of the address that aren't part of the network.
 */
static void set_host_bits(bypass_prefix_t *prefix)
{
	size_t i;

	for (i = 0; i < netlink_addr_size(prefix->family); i++)
	{
		prefix->addr[i] |= ~byte_mask(prefix->len, i);
	}
}

/**
 * Add one to an address.
 *
 * @return			FALSE if it was the last one
 */
static bool increment(bypass_prefix_t *prefix)
{
	int i;

	for (i = netlink_addr_size(prefix->family) - 1; i >= 0; i--)
	{
		if (++prefix->addr[i])
		{
			return TRUE;
		}
	}
	return FALSE;
}

/**
 * Find the largest network that starts with an address and doesn't go beyond
 * another.
 *
 * @param start		gets the length
 * @param last		gets the last address of the network
 */
static void grow(bypass_prefix_t *start, const bypass_prefix_t *to,
				 bypass_prefix_t *last)
{
	bypass_prefix_t wider, end;

	*last = *start;
	while (start->len)
	{
		wider = *start;
		wider.len--;
		end = wider;
		set_host_bits(&end);
		if (bypass_prefix_normalise(&wider) ||
			memcmp(end.addr, to->addr, sizeof(end.addr)) > 0)
		{
			break;
		}
		*start = wider;
		*last = end;
	}
}

void bypass_prefix_split(const bypass_prefix_t *from,
						 const bypass_prefix_t *to, bypass_set_t *out)
{
	bypass_prefix_t next = *from, last;

	do
	{
		next.len = bypass_addr_bits(from->family);
		grow(&next, to, &last);
		bypass_set_add(out, &next);
		next = last;
	}
	while (increment(&next) &&
		   memcmp(next.addr, to->addr, sizeof(next.addr)) <= 0);
}

/**
 * Implementation of bypass_cmp_t.
 */
static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(bypass_prefix_t));
}

bypass_set_t *bypass_prefix_set_create(void)
{
	return bypass_set_create(sizeof(bypass_prefix_t), compare);
}

void bypass_prefix_print(const bypass_prefix_t *prefix, char *out, size_t len)
{
	char addr[INET6_ADDRSTRLEN] = "";

	inet_ntop(prefix->family, prefix->addr, addr, sizeof(addr));
	snprintf(out, len, "%s/%u", addr, prefix->len);
}

traffic_selector_t *bypass_prefix_to_ts(const bypass_prefix_t *prefix,
										uint8_t proto, uint16_t from,
										uint16_t to)
{
	chunk_t addr = chunk_create((u_char*)prefix->addr,
								netlink_addr_size(prefix->family));

	return traffic_selector_create_from_subnet(
						host_create_from_chunk(prefix->family, addr, 0),
						prefix->len, proto, from, to);
}
