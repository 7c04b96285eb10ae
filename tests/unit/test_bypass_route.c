/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"

#include <bypass_route.h>
#include <bypass_rules.h>

#include <arpa/inet.h>

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
	/** what it says about LANs */
	enum { NOTHING, ON_LINK, DEFAULT } says;
	uint8_t protocol;
} routes[] = {
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, 0, ON_LINK },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 31, 2, 0, ON_LINK },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.1", 32, 2, 0, NOTHING },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, 0, NOTHING,
	  RTPROT_KERNEL },
	{ RT_TABLE_MAIN, RTN_UNICAST, "0.0.0.0", 0, 2, 0, DEFAULT },
	{ RT_TABLE_MAIN, RTN_UNICAST, "0.0.0.0", 0, 2, RTA_GATEWAY, DEFAULT },
	{ RT_TABLE_MAIN, RTN_UNICAST, "0.0.0.0", 0, 2, RTA_VIA, DEFAULT },
	{ 100, RTN_UNICAST, "0.0.0.0", 0, 2, RTA_GATEWAY, DEFAULT },
	{ RT_TABLE_LOCAL, RTN_UNICAST, "0.0.0.0", 0, 2, 0, NOTHING },
	{ RT_TABLE_MAIN, RTN_BLACKHOLE, "0.0.0.0", 0, 0, 0, NOTHING },
	/* what programs override a default route with */
	{ RT_TABLE_MAIN, RTN_UNICAST, "128.0.0.0", 1, 2, RTA_GATEWAY, DEFAULT },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.0.0.0", 7, 2, RTA_GATEWAY, DEFAULT },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.0.0.0", 8, 2, RTA_GATEWAY, NOTHING },
	/* not by a gateway: a LAN, if that is allowed */
	{ RT_TABLE_MAIN, RTN_UNICAST, "128.0.0.0", 1, 2, 0, ON_LINK },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, RTA_GATEWAY, NOTHING },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 2, RTA_VIA, NOTHING },
	{ RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24, 0, 0, NOTHING },
	{ RT_TABLE_MAIN, RTN_BLACKHOLE, "10.1.0.0", 24, 2, 0, NOTHING },
	{ RT_TABLE_LOCAL, RTN_UNICAST, "10.1.0.0", 24, 2, 0, NOTHING },
	{ 220, RTN_UNICAST, "10.1.0.0", 24, 2, 0, NOTHING },
};

START_TEST(test_says)
{
	message_t message;
	netlink_route_t route;
	bypass_set_t *ways = bypass_way_set_create();
	bypass_way_t *way;
	int says = routes[_i].says;

	create_message(&message, routes[_i].table, routes[_i].type, routes[_i].dst,
				   routes[_i].len);
	message.msg.rtm_protocol = routes[_i].protocol;
	if (routes[_i].ifindex)
	{
		add_attribute(&message, RTA_OIF, &routes[_i].ifindex, sizeof(int));
	}
	if (routes[_i].gateway)
	{
		add_attribute(&message, routes[_i].gateway, "\12\1\0\1", 4);
	}
	ck_assert(netlink_route_parse(&message.hdr, &route));
	ck_assert_int_eq(bypass_route_is_on_link(&route), says == ON_LINK);
	ck_assert_int_eq(bypass_route_is_default(&route), says == DEFAULT);
	ck_assert_int_eq(bypass_route_append(&route, ways), says != NOTHING);
	ck_assert_uint_eq(ways->count, says != NOTHING);
	if (says != NOTHING)
	{
		way = bypass_set_get(ways, 0);
		ck_assert_int_eq(way->uplink, says == DEFAULT);
		ck_assert_int_eq(way->ifindex, routes[_i].ifindex);
		ck_assert_uint_eq(way->table, routes[_i].table);
	}
	bypass_set_destroy(ways);
	ck_assert_int_eq(route.ifindex, routes[_i].ifindex);
	ck_assert_uint_eq(route.dst.len, routes[_i].len);

	message.hdr.nlmsg_type = RTM_DELROUTE;
	ck_assert(netlink_route_parse(&message.hdr, &route));
	ck_assert_int_eq(bypass_route_is_on_link(&route), says == ON_LINK);
}
END_TEST

/**
 * A next hop object may lead by a gateway, so it makes no LAN, but an uplink.
 */
START_TEST(test_nexthop)
{
	static const uint8_t lens[] = { 0, 1, 24 };
	bypass_set_t *ways = bypass_way_set_create();
	uint32_t id = 70, ifindex = 2;
	message_t message;
	netlink_route_t route;
	bypass_way_t *way;
	bool uplink = lens[_i] < 8;

	create_message(&message, RT_TABLE_MAIN, RTN_UNICAST, "0.0.0.0", lens[_i]);
	add_attribute(&message, RTA_NH_ID, &id, sizeof(id));
	ck_assert(netlink_route_parse(&message.hdr, &route));
	ck_assert(bypass_route_append(&route, ways) == uplink);
	ck_assert_uint_eq(ways->count, uplink);
	if (uplink)
	{
		way = bypass_set_get(ways, 0);
		ck_assert(way->uplink);
		ck_assert_int_eq(way->ifindex, 0);
		ck_assert_uint_eq(way->nexthop, id);
	}
	bypass_set_destroy(ways);

	/* what the message says itself, one needn't be asked about */
	add_attribute(&message, RTA_OIF, &ifindex, sizeof(ifindex));
	ck_assert(netlink_route_parse(&message.hdr, &route));
	ck_assert_uint_eq(route.nexthop, 0);
}
END_TEST

/**
 * Each interface of several, and none of what is cut off.
 */
START_TEST(test_multipath)
{
	struct {
		struct rtnexthop hop;
		struct rtattr rta;
		uint32_t gateway;
	} hops[3] = {};
	bypass_set_t *ways = bypass_way_set_create();
	message_t message;
	netlink_route_t route;
	bypass_way_t *way;
	u_int i;

	for (i = 0; i < countof(hops); i++)
	{
		hops[i].hop.rtnh_len = sizeof(hops[i]);
		hops[i].hop.rtnh_ifindex = i + 2;
		hops[i].rta.rta_type = RTA_GATEWAY;
		hops[i].rta.rta_len = RTA_LENGTH(sizeof(hops[i].gateway));
	}
	hops[2].hop.rtnh_len++;
	create_message(&message, RT_TABLE_MAIN, RTN_UNICAST, "0.0.0.0", 0);
	add_attribute(&message, RTA_MULTIPATH, hops, sizeof(hops));
	ck_assert(netlink_route_parse(&message.hdr, &route));
	ck_assert(bypass_route_is_default(&route));
	ck_assert(bypass_route_append(&route, ways));
	ck_assert_uint_eq(ways->count, 2);
	for (i = 0; i < ways->count; i++)
	{
		way = bypass_set_get(ways, i);
		ck_assert(way->uplink);
		ck_assert_int_eq(way->ifindex, i + 2);
	}
	bypass_set_destroy(ways);
}
END_TEST

START_TEST(test_rules)
{
	netlink_request_t message;
	struct fib_rule_hdr *msg;
	bypass_rules_t rules = bypass_rules_create();
	uint32_t table = 100000;
	uint8_t on = 1;

	msg = netlink_begin(&message, RTM_NEWRULE, 0, sizeof(*msg));
	msg->action = FR_ACT_TO_TBL;
	msg->table = RT_TABLE_MAIN;
	bypass_rules_add(&rules, &message.hdr);
	msg->table = 7;
	msg->action = FR_ACT_BLACKHOLE;
	bypass_rules_add(&rules, &message.hdr);
	msg->action = FR_ACT_TO_TBL;
	netlink_add_u32(&message, FRA_TABLE, table);
	bypass_rules_add(&rules, &message.hdr);
	bypass_set_seal(rules.tables);
	ck_assert(bypass_rules_lead_to(&rules, RT_TABLE_MAIN));
	ck_assert(bypass_rules_lead_to(&rules, 100000));
	ck_assert(!bypass_rules_lead_to(&rules, 7));
	ck_assert(!bypass_rules_lead_to(&rules, 8));
	/* there are VRFs, which may have any table */
	netlink_add(&message, FRA_L3MDEV, &on, sizeof(on));
	bypass_rules_add(&rules, &message.hdr);
	ck_assert(bypass_rules_lead_to(&rules, 8));
	bypass_rules_clear(&rules);
}
END_TEST

START_TEST(test_large_table)
{
	message_t message;
	netlink_route_t route;
	uint32_t table = 100000;

	create_message(&message, RT_TABLE_COMPAT, RTN_UNICAST, "10.1.0.0", 24);
	add_attribute(&message, RTA_TABLE, &table, sizeof(table));
	ck_assert(netlink_route_parse(&message.hdr, &route));
	ck_assert_uint_eq(route.table, table);
}
END_TEST

START_TEST(test_other_messages)
{
	message_t message;
	netlink_route_t route;

	create_message(&message, RT_TABLE_MAIN, RTN_UNICAST, "10.1.0.0", 24);
	message.hdr.nlmsg_type = RTM_NEWADDR;
	ck_assert(!netlink_route_parse(&message.hdr, &route));
	message.hdr.nlmsg_type = RTM_NEWROUTE;
	message.hdr.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg) - 1);
	ck_assert(!netlink_route_parse(&message.hdr, &route));
}
END_TEST

SUITE(bypass_route)
{
	Suite *s;
	TCase *tc;

	s = suite_create("bypass: routes");
	tc = tcase_create("messages");
	tcase_add_loop_test(tc, test_says, 0, countof(routes));
	tcase_add_test(tc, test_multipath);
	tcase_add_loop_test(tc, test_nexthop, 0, 3);
	tcase_add_test(tc, test_rules);
	tcase_add_test(tc, test_large_table);
	tcase_add_test(tc, test_other_messages);
	suite_add_tcase(s, tc);
	return s;
}
