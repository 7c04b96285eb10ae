/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <bypass_nets.h>
#include <bypass_policy.h>

#include <arpa/inet.h>

/** what a list is parsed into, and its wrong items */
static struct {
	char *list;
	char *nets;
	char *wrong;
} lists[] = {
	{ "10.1.0.0/16", "10.1.0.0/16 ", "" },
	{ " 10.1.0.1 ,\tfd01::/64,", "10.1.0.1/32 fd01::/64 ", "" },
	{ "%eth0, %wlan0.7", "%eth0 %wlan0.7 ", "" },
	{ "10.1.2.3/16", "10.1.0.0/16 ", "10.1.2.3/16=10.1.0.0/16 " },
	{ "fd01::5/64", "fd01::/64 ", "fd01::5/64=fd01::/64 " },
	{ "0.0.0.0/0, ::/0", "0.0.0.0/0 ::/0 ", "" },
	{ "10.0.0.1-10.0.0.1", "10.0.0.1/32 ", "" },
	{ "10.0.0.0-10.0.0.255", "10.0.0.0/24 ", "" },
	{ "10.0.0.1-10.0.0.6",
	  "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32 ", "" },
	{ "10.0.0.255-10.0.1.0", "10.0.0.255/32 10.0.1.0/32 ", "" },
	{ "0.0.0.0-255.255.255.255", "0.0.0.0/0 ", "" },
	{ "255.255.255.254-255.255.255.255", "255.255.255.254/31 ", "" },
	{ "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0 ", "" },
	{ "fd01::ffff-fd01::1:1", "fd01::ffff/128 fd01::1:0/127 ", "" },
	{ "10.0.0.2-10.0.0.1", "", "10.0.0.2-10.0.0.1 " },
	{ "10.0.0.1-fd01::1", "", "10.0.0.1-fd01::1 " },
	{ "10.0.0.1-", "", "10.0.0.1- " },
	{ "10.1.0.0/33, fd01::/129, 10.1.0.0/, 10.1.0.0/x, 10.1.0.0/-1", "",
	  "10.1.0.0/33 fd01::/129 10.1.0.0/ 10.1.0.0/x 10.1.0.0/-1 " },
	{ "10.1, any, %any/8, %, 10.1.0.0/16/8", "",
	  "10.1 any %any/8 % 10.1.0.0/16/8 " },
	{ "%interfacenameof16", "", "%interfacenameof16 " },
	{ "10.1.0.0/99999999999999999999", "",
	  "10.1.0.0/99999999999999999999 " },
	{ "", "", "" },
	{ " , ,", "", "" },
};

/**
 * Append a network.
 */
static void print(char *out, size_t len, const bypass_prefix_t *prefix)
{
	char addr[INET6_ADDRSTRLEN];
	size_t used = strlen(out);

	inet_ntop(prefix->family, prefix->addr, addr, sizeof(addr));
	snprintf(out + used, len - used, "%s/%u ", addr, prefix->len);
}

static void report(void *data, const char *item, const char *where,
				   const bypass_prefix_t *taken)
{
	char *out = data;

	sprintf(out + strlen(out), "%s%s", item, taken ? "=" : " ");
	if (taken)
	{
		print(out, BUF_LEN, taken);
	}
}

START_TEST(test_lists)
{
	char nets[BUF_LEN] = "", wrong[BUF_LEN] = "";
	bypass_net_t net;
	array_t *array;

	array = bypass_nets_parse(lists[_i].list, NULL, NULL, report, wrong);
	while (array_remove(array, ARRAY_HEAD, &net))
	{
		if (*net.ifname)
		{
			sprintf(nets + strlen(nets), "%%%s ", net.ifname);
		}
		else
		{
			print(nets, sizeof(nets), &net.prefix);
		}
	}
	array_destroy(array);
	ck_assert_str_eq(nets, lists[_i].nets);
	ck_assert_str_eq(wrong, lists[_i].wrong);
}
END_TEST

/**
 * The longest ranges there are: all but the first and last address.
 */
START_TEST(test_longest_range)
{
	array_t *array;

	array = bypass_nets_parse("0.0.0.1-255.255.255.254", NULL, NULL, NULL,
							  NULL);
	ck_assert_int_eq(array_count(array), 62);
	array_destroy(array);
	array = bypass_nets_parse(
				"::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", NULL, NULL,
				NULL, NULL);
	ck_assert_int_eq(array_count(array), 254);
	array_destroy(array);
}
END_TEST

static bypass_prefix_t parse(const char *str)
{
	bypass_net_t net;
	array_t *array;

	array = bypass_nets_parse(str, NULL, NULL, NULL, NULL);
	ck_assert(array_get(array, 0, &net));
	array_destroy(array);
	return net.prefix;
}

static struct {
	char *prefix;
	char *other;
	bool contains;
} pairs[] = {
	{ "10.1.0.0/16", "10.1.255.255", TRUE },
	{ "10.1.0.0/16", "10.2.0.0", FALSE },
	{ "10.1.0.0/16", "10.1.0.0/16", TRUE },
	{ "10.1.0.0/16", "10.1.0.0/15", FALSE },
	{ "10.1.0.0/17", "10.1.128.0", FALSE },
	{ "0.0.0.0/0", "10.1.0.1", TRUE },
	{ "0.0.0.0/0", "fd01::1", FALSE },
	{ "::/0", "0.0.0.0/0", FALSE },
	{ "fd01::/64", "fd01::ffff:0:0:1", TRUE },
	{ "fd01::/65", "fd01::8000:0:0:1", FALSE },
};

START_TEST(test_contains)
{
	bypass_prefix_t prefix = parse(pairs[_i].prefix);
	bypass_prefix_t other = parse(pairs[_i].other);

	ck_assert_int_eq(bypass_prefix_contains(&prefix, &other),
					 pairs[_i].contains);
}
END_TEST

static struct {
	char *str;
	u_int count;
	uint16_t from;
	uint16_t to;
} ports[] = {
	{ "53", 1, 53, 53 },
	{ "1", 1, 1, 1 },
	{ "65535", 1, 65535, 65535 },
	{ "8000-8080", 3, 8000, 8080 },
	{ "1024-65535", 6, 1024, 65535 },
	{ "1-65534", 30, 1, 65534 },
};

START_TEST(test_ports)
{
	bypass_port_block_t blocks[BYPASS_PORT_BLOCKS_MAX];
	port_range_t range = {};
	u_int i, count, port, matches;

	ck_assert(port_range_parse(ports[_i].str, &range));
	ck_assert_uint_eq(range.from, ports[_i].from);
	ck_assert_uint_eq(range.to, ports[_i].to);
	count = bypass_ports_split(range, blocks);
	ck_assert_uint_eq(count, ports[_i].count);
	for (port = 0; port <= UINT16_MAX; port++)
	{
		matches = 0;
		for (i = 0; i < count; i++)
		{
			matches += (htons(port) & blocks[i].mask) == blocks[i].port;
		}
		ck_assert_uint_eq(matches, port >= range.from && port <= range.to);
	}
}
END_TEST

START_TEST(test_any_port)
{
	bypass_port_block_t blocks[BYPASS_PORT_BLOCKS_MAX];
	port_range_t any = { 0, UINT16_MAX };

	ck_assert_uint_eq(bypass_ports_split(any, blocks), 1);
	ck_assert_uint_eq(blocks[0].port, 0);
	ck_assert_uint_eq(blocks[0].mask, 0);
}
END_TEST

SUITE(bypass_prefix)
{
	Suite *s = suite_create("bypass: networks and ports");
	TCase *tc;

	tc = tcase_create("networks");
	tcase_add_loop_test(tc, test_lists, 0, countof(lists));
	tcase_add_test(tc, test_longest_range);
	tcase_add_loop_test(tc, test_contains, 0, countof(pairs));
	suite_add_tcase(s, tc);

	tc = tcase_create("ports");
	tcase_add_loop_test(tc, test_ports, 0, countof(ports));
	tcase_add_test(tc, test_any_port);
	suite_add_tcase(s, tc);

	return s;
}
