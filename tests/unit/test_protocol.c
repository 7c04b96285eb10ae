/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <protocol.h>

static struct {
	char *str;
	uint8_t protocol;
} protocols[] = {
	{ "tcp", 6 }, { "UDP", 17 }, { "icmp", 1 }, { "icmpv6", 58 },
	{ "ipv6-icmp", 58 }, { "sctp", 132 }, { "1", 1 }, { "255", 255 },
	{ "0", 0 }, { "256", 0 }, { "", 0 }, { "tcp4", 0 }, { "-6", 0 },
};

START_TEST(test_protocols)
{
	ck_assert_uint_eq(protocol_parse(protocols[_i].str),
					  protocols[_i].protocol);
}
END_TEST

static struct {
	char *str;
	/** 0 if it is wrong */
	uint16_t from;
	uint16_t to;
} ports[] = {
	{ "53", 53, 53 }, { "1", 1, 1 }, { "65535", 65535, 65535 },
	{ "8000-8080", 8000, 8080 }, { "1-65534", 1, 65534 },
	{ "0" }, { "0-5" }, { "65536" }, { "80-79" }, { "-80" }, { "80-" },
	{ "http" }, { "" }, { "80,81" }, { "00000000000000000080" }, { "1-2-3" },
};

START_TEST(test_ports)
{
	port_range_t range = {};

	ck_assert_int_eq(port_range_parse(ports[_i].str, &range),
					 ports[_i].from != 0);
	if (ports[_i].from)
	{
		ck_assert_uint_eq(range.from, ports[_i].from);
		ck_assert_uint_eq(range.to, ports[_i].to);
	}
}
END_TEST

SUITE(protocol)
{
	Suite *s = suite_create("protocol");
	TCase *tc;

	tc = tcase_create("protocol");
	tcase_add_loop_test(tc, test_protocols, 0, countof(protocols));
	tcase_add_loop_test(tc, test_ports, 0, countof(ports));
	suite_add_tcase(s, tc);

	return s;
}
