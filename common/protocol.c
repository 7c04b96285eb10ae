/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "protocol.h"
#include "option_value.h"

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

uint8_t protocol_parse(const char *str)
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
	return option_number_parse(str, 1, UINT8_MAX, &number) ? number : 0;
}

bool protocol_has_ports(uint8_t protocol)
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

bool port_range_parse(const char *str, port_range_t *ports)
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
	if (!option_number_parse(copy, 1, UINT16_MAX, &from) ||
		!option_number_parse(second ?: copy, from, UINT16_MAX, &to))
	{
		return FALSE;
	}
	*ports = (port_range_t){ from, to };
	return TRUE;
}
