/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <bypass_route.h>

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

/**
 * A message, and room for its attributes.
 */
typedef struct {
	struct nlmsghdr hdr;
	struct rtmsg msg;
	char attributes[256];
} message_t;

static void add_attribute(message_t *message, uint16_t type, const void *data,
						  size_t len)
{
	struct rtattr *rta;

	rta = (struct rtattr*)((char*)message +
						   NLMSG_ALIGN(message->hdr.nlmsg_len));
	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(rta), data, len);
	message->hdr.nlmsg_len += RTA_SPACE(len);
}

static void create_message(message_t *message, uint8_t table, uint8_t type,
						   const char *dst, uint8_t len)
{
	uint8_t addr[4];

	ck_assert_int_eq(inet_pton(AF_INET, dst, addr), 1);
	*message = (message_t){
		.hdr = {
			.nlmsg_type = RTM_NEWROUTE,
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
		},
		.msg = {
			.rtm_family = AF_INET,
			.rtm_dst_len = len,
			.rtm_table = table,
			.rtm_type = type,
		},
	};
	add_attribute(message, RTA_DST, addr, sizeof(addr));
}

/** routes, and whether they say that a network is on an interface's link */
static struct {
	uint8_t table;
	uint8_t type;
	char *dst;
	uint8_t len;
	int ifindex;
	/** attribute that names another router, 0 for none */
	uint16_t gateway;
	bool on_link;
} routes[] = {
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, 0, TRUE },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 31, 2, 0, TRUE },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.1", 32, 2, 0, FALSE },
	{ RT_TABLE_MAIN, RTN_UNICAST, "0.0.0.0", 0, 2, 0, FALSE },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, RTA_GATEWAY, FALSE },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, RTA_VIA, FALSE },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 0, 0, FALSE },
	{ RT_TABLE_MAIN, RTN_BLACKHOLE, "10.1.0.0", 24, 2, 0, FALSE },
	{ RT_TABLE_LOCAL, RTN_UNICAST, "10.1.0.0", 24, 2, 0, FALSE },
	{ 220, RTN_UNICAST, "10.1.0.0", 24, 2, 0, FALSE },
};

START_TEST(test_on_link)
{
	message_t message;
	bypass_route_t route;

	create_message(&message, routes[_i].table, routes[_i].type, routes[_i].dst,
				   routes[_i].len);
	if (routes[_i].ifindex)
	{
		add_attribute(&message, RTA_OIF, &routes[_i].ifindex, sizeof(int));
	}
	if (routes[_i].gateway)
	{
		add_attribute(&message, routes[_i].gateway, "\12\1\0\1", 4);
	}
	ck_assert(bypass_route_parse(&message.hdr, &route));
	ck_assert_int_eq(bypass_route_is_on_link(&route), routes[_i].on_link);
	ck_assert_int_eq(route.ifindex, routes[_i].ifindex);
	ck_assert_uint_eq(route.dst.len, routes[_i].len);

	message.hdr.nlmsg_type = RTM_DELROUTE;
	ck_assert(bypass_route_parse(&message.hdr, &route));
	ck_assert_int_eq(bypass_route_is_on_link(&route), routes[_i].on_link);
}
END_TEST

START_TEST(test_large_table)
{
	message_t message;
	bypass_route_t route;
	uint32_t table = 100000;

	create_message(&message, RT_TABLE_COMPAT, RTN_UNICAST, "10.1.0.0", 24);
	add_attribute(&message, RTA_TABLE, &table, sizeof(table));
	ck_assert(bypass_route_parse(&message.hdr, &route));
	ck_assert_uint_eq(route.table, table);
}
END_TEST

START_TEST(test_other_messages)
{
	message_t message;
	bypass_route_t route;

	create_message(&message, RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24);
	message.hdr.nlmsg_type = RTM_NEWADDR;
	ck_assert(!bypass_route_parse(&message.hdr, &route));
	message.hdr.nlmsg_type = RTM_NEWROUTE;
	message.hdr.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg) - 1);
	ck_assert(!bypass_route_parse(&message.hdr, &route));
}
END_TEST

Suite *bypass_route_suite_create(void)
{
	Suite *s;
	TCase *tc;

	s = suite_create("bypass: routes");
	tc = tcase_create("messages");
	tcase_add_loop_test(tc, test_on_link, 0, countof(routes));
	tcase_add_test(tc, test_large_table);
	tcase_add_test(tc, test_other_messages);
	suite_add_tcase(s, tc);
	return s;
}
