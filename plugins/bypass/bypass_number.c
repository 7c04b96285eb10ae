/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "bypass_number.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>

/**
 * Names that are accepted, as in /etc/protocols, with strongSwan's name for
 * the second ICMP.
 */
static const struct {
	const char *name;
	uint8_t protocol;
} protocols[] = {
	{ "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP },
	{ "dccp", IPPROTO_DCCP }, { "gre", IPPROTO_GRE }, { "esp", IPPROTO_ESP },
	{ "ah", IPPROTO_AH }, { "ipv6-icmp", IPPROTO_ICMPV6 },
	{ "icmpv6", IPPROTO_ICMPV6 }, { "ospf", 89 }, { "pim", IPPROTO_PIM },
	{ "sctp", IPPROTO_SCTP }, { "udplite", IPPROTO_UDPLITE },
};

/*
 * Described in header
 */
bool bypass_number_parse(const char *str, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;
	const char *pos;

	for (pos = str; isdigit((u_char)*pos) && value <= max; pos++)
	{
		value = value * 10 + *pos - '0';
	}
	*number = value;
	return pos != str && !*pos && value <= max;
}

/*
 * Described in header
 */
uint8_t bypass_protocol_parse(const char *str)
{
	uint32_t number;
	int i;

	for (i = 0; i < countof(protocols); i++)
	{
		if (strcaseeq(protocols[i].name, str))
		{
			return protocols[i].protocol;
		}
	}
	return bypass_number_parse(str, UINT8_MAX, &number) ? number : 0;
}

/*
 * Described in header
 */
bool bypass_protocol_has_ports(uint8_t protocol)
{
	switch (protocol)
	{
		case IPPROTO_TCP:
		case IPPROTO_UDP:
		case IPPROTO_DCCP:
		case IPPROTO_SCTP:
		case IPPROTO_UDPLITE:
			return TRUE;
		default:
			return FALSE;
	}
}

/*
 * Described in header
 */
bool bypass_ports_parse(const char *str, bypass_ports_t *ports)
{
	char copy[16], *second;
	uint32_t from, to;

	if (snprintf(copy, sizeof(copy), "%s", str) >= sizeof(copy))
	{
		return FALSE;
	}
	second = strchr(copy, '-');
	if (second)
	{
		*second++ = '\0';
	}
	/* a mask can't tell port 0 from any port */
	if (!bypass_number_parse(copy, UINT16_MAX, &from) || !from ||
		!bypass_number_parse(second ?: copy, UINT16_MAX, &to) || to < from)
	{
		return FALSE;
	}
	*ports = (bypass_ports_t){ from, to };
	return TRUE;
}

/*
 * Described in header
 */
u_int bypass_ports_split(bypass_ports_t ports, bypass_port_block_t *blocks)
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
