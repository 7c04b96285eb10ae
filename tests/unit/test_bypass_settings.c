/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <bypass_settings.h>

static bypass_settings_t *load(const char *conf)
{
	return conf_valid(&bypass_schema, "b", conf);
}

START_TEST(test_defaults)
{
	bypass_settings_t *config = load("b { }");

	ck_assert(!config->lan);
	ck_assert(!config->lan_interfaces);
	ck_assert(!config->lan_named);
	ck_assert_uint_eq(config->lan_min_prefix, 8);
	ck_assert_uint_eq(config->lan_min_prefix_ipv6, 48);
	ck_assert_uint_eq(config->rules.count, 0);
	options_unref(config);
}
END_TEST

/** what is accepted */
static char *valid[] = {
	"lan = yes\n lan_interfaces = \"eth*, !docker*, !wg*\"",
	"lan_min_prefix = 1\n lan_min_prefix_ipv6 = 1",
	"lan_min_prefix = 32\n lan_min_prefix_ipv6 = 128",
	"rules { a { src = 10.1.0.0/16\n dst = 10.2.0.1 } }",
	"rules { a { src = %eth0\n dst = \"::/0, 0.0.0.0/0\" } }",
	"rules { a { src = 0.0.0.0/0\n dst = 0.0.0.0/0\n allow_any = yes } }",
	"rules { a { src = 0.0.0.0/0\n dst = \"0.0.0.0/1, 128.0.0.0/2\" } }",
	"rules { a { src = 10.1.0.1\n dst = 10.2.0.1\n protocol = udp\n"
	"	src_port = 53\n dst_port = 1024-65535\n direction = in } }",
	"rules { a { src = fd01::1\n dst = fd02::1\n protocol = icmpv6\n"
	"	icmp_type = 0\n interface = eth0 } }",
	/* one pair is enough */
	"rules { a { src = \"fd01::1, 10.1.0.1\"\n dst = 10.2.0.1 } }",
};

START_TEST(test_valid)
{
	char conf[BUF_LEN];

	snprintf(conf, sizeof(conf), "b {\n%s\n}\n", valid[_i]);
	options_unref(load(conf));
}
END_TEST

/** lists of interfaces, and whether they say which are LANs */
static struct {
	char *list;
	bool named;
} lists[] = {
	{ "eth0", TRUE },
	{ "!docker*, eth*", TRUE },
	{ "!docker*", FALSE },
	{ "!docker*, !wg*", FALSE },
};

START_TEST(test_named)
{
	bypass_settings_t *config;
	char conf[BUF_LEN];

	snprintf(conf, sizeof(conf), "b {\n lan_interfaces = \"%s\"\n}\n",
			 lists[_i].list);
	config = load(conf);
	ck_assert_int_eq(config->lan_named, lists[_i].named);
	options_unref(config);
}
END_TEST

#define SRC "src = 10.1.0.0/24\n "
#define RULE SRC "dst = 10.2.0.0/24\n "

/** what is refused, and the start of the only line that says so */
static const conf_invalid_t invalid[] = {
	{ "lan = maybe", "lan = \"maybe\": expected yes or no" },
	{ "lan_interfaces = [", "lan_interfaces = \"[\": " },
	{ "lan_min_prefix = 0", "lan_min_prefix = \"0\": expected 1-32" },
	{ "lan_min_prefix = 33", "lan_min_prefix = \"33\": expected 1-32" },
	{ "lan_min_prefix_ipv6 = 0",
	  "lan_min_prefix_ipv6 = \"0\": expected 1-128" },
	{ "lan_min_prefix_ipv6 = 129",
	  "lan_min_prefix_ipv6 = \"129\": expected 1-128" },
	{ "lans = yes", "lans = \"yes\": unknown option" },
	{ "rules { a { " RULE "source = x } }",
	  "rules.a.source = \"x\": unknown option" },
	{ "rules { a { " SRC "} }", "rules.a.dst: missing, expected" },
	{ "rules { a { dst = 10.1.0.0/24 } }", "rules.a.src: missing, expected" },
	{ "rules { a { " SRC "dst = 10.2.0.0/33 } }",
	  "rules.a.dst = \"10.2.0.0/33\": expected a comma separated list of "
	  "networks, address ranges, addresses and %interface" },
	{ "rules { a { " SRC "dst = \"10.2.0.1, 10.2.0.9-10.2.0.8\" } }",
	  "rules.a.dst = \"10.2.0.9-10.2.0.8\": expected" },
	{ "rules { a { " SRC "dst = \" , \" } }",
	  "rules.a: src or dst is empty, expected" },
	{ "rules { a { " SRC "dst = fd02::/64 } }",
	  "rules.a: no network in src is of the same address family" },
	{ "rules { a { " RULE "protocol = icmpv6 } }",
	  "rules.a: no network in src is of the same address family" },
	{ "rules { a { src = 0.0.0.0/0\n dst = 0.0.0.0-255.255.255.255 } }",
	  "rules.a: src and dst are any address, which turns IPsec off, expected "
	  "allow_any = yes" },
	{ "rules { a { src = \"0.0.0.0/1, 128.0.0.0/1\"\n"
	  "	dst = 0.0.0.1-255.255.255.254 } }",
	  "rules.a: src and dst are any address" },
	{ "rules { a { src = \"10.1.0.1, ::/0\"\n dst = \"10.2.0.1, ::/0\" } }",
	  "rules.a: src and dst are any address" },
	{ "rules { a { src = 0.0.0.0/0\n dst = 0.0.0.0/0\n protocol = udp } }",
	  "rules.a: src and dst are any address" },
	{ "rules { a { " RULE "protocol = tcpip } }",
	  "rules.a.protocol = \"tcpip\": expected the name of a protocol or" },
	{ "rules { a { " RULE "dst_port = 53 } }",
	  "rules.a.dst_port = \"53\": expected together with protocol tcp" },
	{ "rules { a { " RULE "protocol = gre\n src_port = 53 } }",
	  "rules.a.src_port = \"53\": expected together with protocol tcp" },
	{ "rules { a { " RULE "protocol = tcp\n src_port = 99-53 } }",
	  "rules.a.src_port = \"99-53\": expected a port from 1-65535" },
	{ "rules { a { " RULE "icmp_type = 8 } }",
	  "rules.a.icmp_type: expected together with protocol icmp" },
	{ "rules { a { " RULE "protocol = icmp\n icmp_type = 256 } }",
	  "rules.a.icmp_type = \"256\": expected 0-255" },
	{ "rules { a { " RULE "direction = forward } }",
	  "rules.a.direction = \"forward\": expected one of both, out, in" },
	{ "rules { a { " RULE "interface = interfacenameof16 } }",
	  "rules.a.interface = \"interfacenameof16\": expected the name" },
	{ "rules { a { " RULE "allow_any = perhaps } }",
	  "rules.a.allow_any = \"perhaps\": expected yes or no" },
	/* 62 * 62 pairs of networks, 30 * 30 of ports, 6 hooks */
	{ "rules { a { src = 0.0.0.1-255.255.255.254\n"
	  "	dst = 0.0.0.1-255.255.255.254\n protocol = udp\n"
	  "	src_port = 1-65534\n dst_port = 1-65534\n allow_any = yes } }",
	  "rules: 20757600 kernel policies, expected at most 250000" },
};

SETTINGS_TESTS(bypass_schema, invalid)

SUITE(bypass_settings)
{
	Suite *s = suite_create("bypass: settings");
	TCase *tc;

	tc = tcase_create("settings");
	tcase_add_test(tc, test_defaults);
	tcase_add_loop_test(tc, test_valid, 0, countof(valid));
	tcase_add_loop_test(tc, test_named, 0, countof(lists));
	tcase_add_loop_test(tc, test_invalid, 0, countof(invalid));
	suite_add_tcase(s, tc);

	return s;
}
