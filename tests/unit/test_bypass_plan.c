/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "unit.h"
#include "conf.h"

#include <bypass_planner.h>

#include <arpa/inet.h>

/** the host's interfaces and addresses, or networks that are on their links */
static struct {
	char *ifname;
	int ifindex;
	u_int flags;
	char *addr;
	u_int len;
	bool routed;
	bool uplink;
} interfaces[] = {
	{ "lo", 1, IFF_UP | IFF_LOOPBACK, "127.0.0.1", 8 },
	{ "lo", 1, IFF_UP | IFF_LOOPBACK, "::1", 128 },
	{ "eth0", 2, IFF_UP | IFF_BROADCAST, "10.1.0.1", 24 },
	{ "eth0", 2, IFF_UP | IFF_BROADCAST, "10.1.0.2", 24 },
	{ "eth0", 2, IFF_UP | IFF_BROADCAST, "10.9.9.9", 32 },
	{ "eth1", 3, IFF_UP | IFF_BROADCAST, "10.2.0.1", 24 },
	{ "eth1", 3, IFF_UP | IFF_BROADCAST, "fd02::1", 64 },
	{ "eth1", 3, IFF_UP | IFF_BROADCAST, "fe80::1", 64 },
	{ "br0", 4, IFF_UP | IFF_BROADCAST, "10.1.0.3", 24 },
	{ "down0", 5, IFF_BROADCAST, "10.5.0.1", 24 },
	{ "tun0", 6, IFF_UP | IFF_POINTOPOINT | IFF_NOARP, "10.6.0.1", 24 },
	{ "bare0", 7, IFF_UP | IFF_BROADCAST, NULL, 0 },
	{ "eth8", 8, IFF_UP | IFF_BROADCAST, "10.11.0.1", 32 },
	{ "eth8", 8, IFF_UP | IFF_BROADCAST, "10.11.1.0", 24, TRUE },
	{ "eth8", 8, IFF_UP | IFF_BROADCAST, "10.11.2.1", 32, TRUE },
	{ "eth8", 8, IFF_UP | IFF_BROADCAST, "0.0.0.0", 0, TRUE },
	{ "wan0", 9, IFF_UP | IFF_BROADCAST, "10.12.1.1", 24, FALSE, TRUE },
	{ "wan0", 9, IFF_UP | IFF_BROADCAST, "fe80::9", 64, FALSE, TRUE },
	{ "wan0", 9, IFF_UP | IFF_BROADCAST, "10.1.0.9", 32, FALSE, TRUE },
	{ "wan0", 9, IFF_UP | IFF_BROADCAST, "10.13.0.0", 24, TRUE, TRUE },
	{ "big0", 10, IFF_UP | IFF_BROADCAST, "10.12.0.1", 16 },
	{ "big0", 10, IFF_UP | IFF_BROADCAST, "64.0.0.0", 2, TRUE },
	{ "big0", 10, IFF_UP | IFF_BROADCAST, "fc01::1", 47 },
};

static bypass_prefix_t prefix(const char *str, u_int len)
{
	bypass_prefix_t prefix = {
		.family = strchr(str, ':') ? AF_INET6 : AF_INET,
		.len = len,
	};

	ck_assert_int_eq(inet_pton(prefix.family, str, prefix.addr), 1);
	return prefix;
}

static array_t *create_links(void)
{
	array_t *links = array_create(sizeof(bypass_link_t), 0);
	int i;

	for (i = 0; i < countof(interfaces); i++)
	{
		bypass_link_t link = {
			.ifindex = interfaces[i].ifindex,
			.flags = interfaces[i].flags,
			.uplink = interfaces[i].uplink,
		};

		strcpy(link.ifname, interfaces[i].ifname);
		if (interfaces[i].addr)
		{
			link.addr = link.subnet = prefix(interfaces[i].addr,
											 interfaces[i].len);
			link.addr.len = bypass_addr_bits(link.addr.family);
			bypass_prefix_normalise(&link.subnet);
		}
		if (interfaces[i].routed)
		{
			link.addr = (bypass_prefix_t){};
		}
		array_insert(links, ARRAY_TAIL, &link);
	}
	return links;
}

static bypass_plan_t *create_plan(const char *conf)
{
	option_errors_t *errors = option_errors_create();
	bypass_settings_t *config;
	bypass_plan_t *plan;
	array_t *links;
	char buf[BUF_LEN];

	snprintf(buf, sizeof(buf), "b {\n%s\n}\n", conf);
	config = conf_load(&bypass_schema, "b", buf, errors);
	ck_assert_msg(config != NULL, "invalid: %s", conf);
	links = create_links();
	plan = bypass_plan_create(config, NULL, links);
	array_destroy(links);
	options_unref(config);
	errors->destroy(errors);
	return plan;
}

/**
 * Write a policy as in "out 10.1.0.0/24 10.2.0.0/24 17 1/ffff 53/ffff 2",
 * without what is zero from the protocol on.
 */
static void print_policy(char *out, size_t len, bypass_policy_t *policy)
{
	static const char *const dirs[] = { "in", "out", "fwd" };
	struct xfrm_selector *sel = &policy->sel;
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int used;

	inet_ntop(sel->family, &sel->saddr, src, sizeof(src));
	inet_ntop(sel->family, &sel->daddr, dst, sizeof(dst));
	used = snprintf(out, len, "%s %s/%u %s/%u", dirs[policy->dir], src,
					sel->prefixlen_s, dst, sel->prefixlen_d);
	if (sel->proto)
	{
		used += snprintf(out + used, len - used, " proto %u", sel->proto);
	}
	if (sel->sport_mask)
	{
		used += snprintf(out + used, len - used, " sport %u/%x",
						 ntohs(sel->sport), ntohs(sel->sport_mask));
	}
	if (sel->dport_mask)
	{
		used += snprintf(out + used, len - used, " dport %u/%x",
						 ntohs(sel->dport), ntohs(sel->dport_mask));
	}
	if (sel->ifindex)
	{
		snprintf(out + used, len - used, " dev %d", sel->ifindex);
	}
	ck_assert_uint_eq(sel->user, BYPASS_POLICY_MARK);
}

/**
 * Does a plan have a policy?
 */
static bool has(bypass_plan_t *plan, const char *policy)
{
	char buf[BUF_LEN];
	u_int i;

	for (i = 0; i < plan->policies->count; i++)
	{
		print_policy(buf, sizeof(buf), bypass_set_get(plan->policies, i));
		if (streq(buf, policy))
		{
			return TRUE;
		}
	}
	return FALSE;
}

#define A "10.1.0.0/24"
#define B "10.2.0.0/24"
#define RULE "src = " A "\n dst = " B "\n "
#define LAN(net) "in " net " " net, "out " net " " net, "fwd " net " " net

#define ND \
	"in ::/0 ::/0 proto 58 sport 133/ffff", \
	"in ::/0 ::/0 proto 58 sport 134/ffff", \
	"in ::/0 ::/0 proto 58 sport 135/ffff", \
	"in ::/0 ::/0 proto 58 sport 136/ffff", \
	"in ::/0 ::/0 proto 58 sport 137/ffff", \
	"out ::/0 ::/0 proto 58 sport 133/ffff", \
	"out ::/0 ::/0 proto 58 sport 134/ffff", \
	"out ::/0 ::/0 proto 58 sport 135/ffff", \
	"out ::/0 ::/0 proto 58 sport 136/ffff", \
	"out ::/0 ::/0 proto 58 sport 137/ffff"

/** settings, and exactly the policies they make */
static struct {
	char *conf;
	char *policies[40];
} plans[] = {
	{ "", { NULL } },
	{ "lan = no", { NULL } },
	{ "lan = yes\n lan_interfaces = eth0", { LAN(A) } },
	/* two addresses, two interfaces, one subnet */
	{ "lan = yes\n lan_interfaces = \"eth0, br0\"", { LAN(A) } },
	{ "lan = yes\n lan_interfaces = \"lo, down0, tun0, bare0\"", { NULL } },
	{ "lan = yes\n lan_interfaces = eth8", { LAN("10.11.1.0/24"),
		"out 10.11.0.1/32 10.11.1.0/24",
		"in 10.11.1.0/24 10.11.0.1/32" } },
	{ "lan = yes\n lan_interfaces = eth1", { LAN(B), LAN("fd02::/64"),
		"in fe80::/10 fe80::/10", "out fe80::/10 fe80::/10",
		"in fe80::/10 ff02::/16", "out fe80::/10 ff02::/16",
		"in ::/128 ff02::/16", "out ::/128 ff02::/16",
		ND } },
	/* what a default route leads to has to be named; IPv6 needs its router */
	{ "lan = yes\n lan_interfaces = \"!eth*, !br0, !big0\"", { ND } },
	{ "lan = yes\n lan_interfaces = \"wan*, !eth*\"", {
		LAN("10.12.1.0/24"), LAN("10.13.0.0/24"),
		"out 10.12.1.1/32 10.13.0.0/24", "in 10.13.0.0/24 10.12.1.1/32",
		"out 10.1.0.9/32 10.13.0.0/24", "in 10.13.0.0/24 10.1.0.9/32",
		"in fe80::/10 fe80::/10", "out fe80::/10 fe80::/10",
		"in fe80::/10 ff02::/16", "out fe80::/10 ff02::/16",
		"in ::/128 ff02::/16", "out ::/128 ff02::/16", ND } },
	/* too large, or it has an uplink's in it */
	{ "lan = yes\n lan_interfaces = big0", { ND } },
	{ "lan = yes\n lan_interfaces = \"big0, wan0\"\n lan_min_prefix = 17\n"
	  "	lan_min_prefix_ipv6 = 128", { LAN("10.12.1.0/24"),
		LAN("10.13.0.0/24"),
		"out 10.12.1.1/32 10.13.0.0/24", "in 10.13.0.0/24 10.12.1.1/32",
		"out 10.1.0.9/32 10.13.0.0/24", "in 10.13.0.0/24 10.1.0.9/32",
		ND } },
	{ "lan = yes\n lan_interfaces = \"big0, wan0\"\n lan_min_prefix = 16\n"
	  "	lan_min_prefix_ipv6 = 128", { LAN("10.12.0.0/16"),
		LAN("10.12.1.0/24"), LAN("10.13.0.0/24"),
		"out 10.12.1.1/32 10.13.0.0/24", "in 10.13.0.0/24 10.12.1.1/32",
		"out 10.1.0.9/32 10.13.0.0/24", "in 10.13.0.0/24 10.1.0.9/32",
		ND } },
	{ "rules { a { " RULE "} }", {
		"in " A " " B, "out " A " " B, "fwd " A " " B,
		"in " B " " A, "out " B " " A, "fwd " B " " A } },
	{ "rules { a { " RULE "direction = out } }", {
		"in " A " " B, "out " A " " B, "fwd " A " " B } },
	{ "rules { a { " RULE "direction = in } }", {
		"in " B " " A, "out " B " " A, "fwd " B " " A } },
	/* equal to a LAN's, and to each other */
	{ "lan = yes\n lan_interfaces = eth0\n"
	  "rules { a { src = " A "\n dst = " A " } b { src = " A "\n dst = " A
	  " } }", { LAN(A) } },
	{ "rules { a { src = %eth0\n dst = %eth1\n direction = out } }", {
		"in " A " " B, "out " A " " B, "fwd " A " " B,
		"in 10.9.9.9/32 " B, "out 10.9.9.9/32 " B, "fwd 10.9.9.9/32 " B } },
	{ "rules { a { src = %down0\n dst = " B " } }", { NULL } },
	{ "rules { a { src = %big0\n dst = " B "\n direction = out } }", {
		"in 10.12.0.0/16 " B, "out 10.12.0.0/16 " B,
		"fwd 10.12.0.0/16 " B } },
	{ "rules { a { " RULE "protocol = udp\n src_port = 53\n"
	  "	direction = out } }", {
		"in " A " " B " proto 17 sport 53/ffff",
		"out " A " " B " proto 17 sport 53/ffff",
		"fwd " A " " B " proto 17 sport 53/ffff" } },
	{ "rules { a { " RULE "protocol = udp\n src_port = 53\n"
	  "	dst_port = 8-11\n direction = in } }", {
		"in " B " " A " proto 17 sport 8/fffc dport 53/ffff",
		"out " B " " A " proto 17 sport 8/fffc dport 53/ffff",
		"fwd " B " " A " proto 17 sport 8/fffc dport 53/ffff" } },
	/* the kernel has the type at the place of the source port, always */
	{ "rules { a { " RULE "protocol = icmp\n icmp_type = 0 } }", {
		"in " A " " B " proto 1 sport 0/ffff",
		"out " A " " B " proto 1 sport 0/ffff",
		"fwd " A " " B " proto 1 sport 0/ffff",
		"in " B " " A " proto 1 sport 0/ffff",
		"out " B " " A " proto 1 sport 0/ffff",
		"fwd " B " " A " proto 1 sport 0/ffff" } },
	{ "rules { a { " RULE "interface = eth1 } }", {
		"out " A " " B " dev 3", "fwd " A " " B,
		"in " B " " A, "fwd " B " " A, "out " B " " A } },
	{ "rules { a { " RULE "interface = eth9 } }", { NULL } },
	/* pairs of one family only, and of those that have the protocol */
	{ "rules { a { src = \"10.1.0.1, fd01::1\"\n dst = fd02::2\n"
	  "	direction = out } }", {
		"in fd01::1/128 fd02::2/128", "out fd01::1/128 fd02::2/128",
		"fwd fd01::1/128 fd02::2/128" } },
	{ "rules { a { src = \"10.1.0.1, fd01::1\"\n dst = \"10.1.0.2, fd02::2\"\n"
	  "	protocol = icmp\n direction = out } }", {
		"in 10.1.0.1/32 10.1.0.2/32 proto 1",
		"out 10.1.0.1/32 10.1.0.2/32 proto 1",
		"fwd 10.1.0.1/32 10.1.0.2/32 proto 1" } },
};

START_TEST(test_policies)
{
	bypass_plan_t *plan = create_plan(plans[_i].conf);
	u_int count;

	for (count = 0; plans[_i].policies[count]; count++)
	{
		ck_assert_msg(has(plan, plans[_i].policies[count]), "no %s with %s",
					  plans[_i].policies[count], plans[_i].conf);
	}
	ck_assert_uint_eq(plan->policies->count, count);
	bypass_plan_unref(plan);
}
END_TEST

/** settings, and how many routes they make and the last one: of the halves of
 * an IPv4 network, so that charon's for all of it doesn't win */
static struct {
	char *conf;
	u_int count;
	char *route;
	u_int len;
} routes[] = {
	{ "lan = yes\n lan_interfaces = eth0", 2, "10.1.0.128", 25 },
	{ "rules { a { src = " A "\n dst = 128.0.0.0/2 } }", 2, "160.0.0.0", 3 },
	{ "rules { a { src = " A "\n dst = 10.7.0.6/31 } }", 2, "10.7.0.7", 32 },
	{ "rules { a { src = " A "\n dst = 10.7.0.6 } }", 1, "10.7.0.6", 32 },
	{ "rules { a { src = fd02::1\n dst = fd07::/64 } }", 1, "fd07::", 64 },
	/* we are in src, or in dst */
	{ "rules { a { src = " A "\n dst = 10.7.0.0/24 } }", 2, "10.7.0.0", 25 },
	{ "rules { a { src = 10.7.0.0/24\n dst = " A " } }", 2, "10.7.0.0", 25 },
	/* we are in neither */
	{ "rules { a { src = 10.7.0.0/24\n dst = 10.8.0.0/24 } }", 0 },
	/* nothing is sent there */
	{ "rules { a { src = " A "\n dst = 10.7.0.0/24\n direction = in } }", 0 },
	/* other traffic to there isn't excluded */
	{ "rules { a { src = " A "\n dst = 10.7.0.0/24\n protocol = tcp } }", 0 },
	{ "rules { a { src = " A "\n dst = 10.7.0.0/24\n interface = eth1 } }",
	  0 },
	/* a route for everything would be for everybody */
	{ "rules { a { src = 10.1.0.1\n dst = 0.0.0.0/0\n direction = out } }",
	  0 },
};

START_TEST(test_routes)
{
	bypass_plan_t *plan = create_plan(routes[_i].conf);
	bypass_prefix_t route;

	ck_assert_uint_eq(plan->routes->count, routes[_i].count);
	if (routes[_i].count)
	{
		route = prefix(routes[_i].route, routes[_i].len);
		ck_assert(bypass_set_find(plan->routes, &route));
	}
	bypass_plan_unref(plan);
}
END_TEST

/** settings, and the line about LANs */
static struct {
	char *conf;
	char *line;
} lans[] = {
	{ "", "" },
	{ "lan = yes\n lan_interfaces = nosuch0", "" },
	{ "lan = yes\n lan_interfaces = \"eth0, br0\"",
	  "excluded: 10.1.0.0/24 (eth0), 10.1.0.0/24 (br0)" },
	{ "lan = yes\n lan_interfaces = \"!eth8, !eth1, !br0\"",
	  "excluded: 10.1.0.0/24 (eth0); "
	  "left out: 10.12.0.0/16 (big0, has the subnet of an interface with a "
	  "default route in it), "
	  "10.12.1.0/24 (a default route leads to wan0, which lan_interfaces "
	  "doesn't name), "
	  "fc01::/47 (big0, larger than lan_min_prefix_ipv6 = 48 allows), "
	  "10.13.0.0/24 (a default route leads to wan0, which lan_interfaces "
	  "doesn't name), "
	  "64.0.0.0/2 (big0, larger than lan_min_prefix = 8 allows)" },
	{ "lan = yes\n lan_interfaces = big0\n lan_min_prefix = 17",
	  "left out: 10.12.0.0/16 (big0, larger than lan_min_prefix = 17 allows), "
	  "fc01::/47 (big0, larger than lan_min_prefix_ipv6 = 48 allows), "
	  "64.0.0.0/2 (big0, larger than lan_min_prefix = 17 allows)" },
};

START_TEST(test_lan_line)
{
	bypass_plan_t *plan = create_plan(lans[_i].conf);
	char line[2048];

	bypass_plan_describe_lan(plan, line, sizeof(line));
	ck_assert_str_eq(line, lans[_i].line);
	bypass_plan_unref(plan);
}
END_TEST

/** settings, and the line they make */
static struct {
	char *conf;
	char *notice;
} notices[] = {
	{ "rules { a { src = 10.1.0.7/24\n dst = 10.2.0.1 } }",
	  "rules.a.src: 10.1.0.7/24 has host bits set, taken as 10.1.0.0/24" },
	{ "rules { a { src = %eth9\n dst = 10.2.0.1 } }",
	  "rules.a.src: no subnet on interface eth9, waiting for one" },
	{ "rules { a { src = 10.2.0.1\n dst = \"%big0, 10.3.0.1\"\n"
	  "	direction = out } } lan_min_prefix_ipv6 = 47",
	  "rules.a.dst: 64.0.0.0/2 of interface big0 skipped, it is larger than "
	  "lan_min_prefix = 8 allows" },
	{ "rules { a { src = 10.2.0.1\n dst = %bare0 } }",
	  "rules.a.dst: no subnet on interface bare0, waiting for one" },
	{ "rules { a { " RULE "interface = eth9 } }",
	  "rules.a.interface: there is no interface eth9, waiting for it" },
	{ "rules { a { src = \"10.1.0.1, fd01::1\"\n dst = 10.2.0.1 } }",
	  "rules.a.src: fd01::1/128 skipped, there is nothing of its address "
	  "family to pair it with" },
	{ "rules { a { src = 10.1.0.1\n dst = \"10.2.0.1, fd01::1\" } }",
	  "rules.a.dst: fd01::1/128 skipped, there is nothing of its address "
	  "family to pair it with" },
	{ "rules { a { src = \"fd01::1, 10.1.0.1\"\n protocol = icmp\n"
	  "	dst = \"10.2.0.1, %eth1\" } }", NULL },
	{ "lan = yes\n rules { a { src = %eth0\n dst = %eth1 } }", NULL },
};

START_TEST(test_notices)
{
	bypass_plan_t *plan = create_plan(notices[_i].conf);
	char *line;

	ck_assert_int_eq(array_count(plan->notices), notices[_i].notice != NULL);
	if (array_get(plan->notices, 0, &line))
	{
		ck_assert_str_eq(line, notices[_i].notice);
	}
	bypass_plan_unref(plan);
}
END_TEST

/**
 * What interfaces make of a rule can't be known when it is loaded.
 */
START_TEST(test_too_many)
{
	ck_assert(!create_plan(
		"rules { a { src = %eth0\n dst = 0.0.0.1-255.255.255.254\n"
		"	protocol = udp\n src_port = 1-65534\n dst_port = 1-65534 } }"));
}
END_TEST

START_TEST(test_entries)
{
	bypass_plan_t *plan = create_plan(
		"lan = yes\n lan_interfaces = \"eth*\"\n"
		"rules { z { " RULE "} a { " RULE "} }");
	static const char *const names[] = {
		"z", "a", "lan:10.1.0.0/24", "lan:10.2.0.0/24", "lan:fd02::/64",
		"lan:10.11.1.0/24",
		"lan:ipv6-link", "lan:ipv6-nd",
	};
	bypass_entry_t *entry;
	int i;

	ck_assert_uint_eq(plan->rules, 2);
	ck_assert_uint_eq(plan->subnets, 4);
	ck_assert_int_eq(array_count(plan->entries), countof(names));
	for (i = 0; i < countof(names); i++)
	{
		ck_assert(array_get(plan->entries, i, &entry));
		ck_assert_str_eq(entry->name, names[i]);
	}
	bypass_plan_unref(plan);
}
END_TEST

SUITE(bypass_plan)
{
	Suite *s = suite_create("bypass: plans");
	TCase *tc;

	tc = tcase_create("plans");
	tcase_add_loop_test(tc, test_policies, 0, countof(plans));
	tcase_add_loop_test(tc, test_routes, 0, countof(routes));
	tcase_add_loop_test(tc, test_lan_line, 0, countof(lans));
	tcase_add_loop_test(tc, test_notices, 0, countof(notices));
	tcase_add_test(tc, test_too_many);
	tcase_add_test(tc, test_entries);
	suite_add_tcase(s, tc);

	return s;
}
